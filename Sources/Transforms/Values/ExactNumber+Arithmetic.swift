/// Arithmetic as PostgreSQL's `numeric` does it, on up to 38 digits.
extension ExactNumber {
    static func add(_ left: ExactNumber, _ right: ExactNumber) throws(EvaluationError) -> ExactNumber {
        switch try aligned(left, right) {
        case .finite(let a, let b, let scale):
            let (sum, isTooLong) = a.addingReportingOverflow(b)
            return try checked(sum, isTooLong, scale: scale)
        case .special(let a, let b):
            if case .infinity = a, case .negativeInfinity = b { return .notANumber }
            if case .negativeInfinity = a, case .infinity = b { return .notANumber }
            if a.isNaN || b.isNaN { return .notANumber }
            return a.isFinite ? b : a
        }
    }

    static func multiply(_ left: ExactNumber, _ right: ExactNumber) throws(EvaluationError) -> ExactNumber {
        guard left.isFinite, right.isFinite else { return specialProduct(left, right) }
        let (a, scaleA) = try left.parts()
        let (b, scaleB) = try right.parts()
        let (product, isTooLong) = a.multipliedReportingOverflow(by: b)
        return try checked(product, isTooLong, scale: scaleA + scaleB)
    }

    /// The quotient, rounded half away from zero to at least 16 digits after the point, then without the zeros that
    /// neither operand's scale asks for.
    static func divide(_ left: ExactNumber, _ right: ExactNumber) throws(EvaluationError) -> ExactNumber {
        guard !right.isZero else { throw .divisionByZero }
        guard left.isFinite, right.isFinite else {
            if left.isNaN || right.isNaN || (!left.isFinite && !right.isFinite) { return .notANumber }
            return left.isFinite
                ? ExactNumber(0) : (left.isNegative == right.isNegative ? .infinity : .negativeInfinity)
        }
        let (a, scaleA) = try left.parts()
        let (b, scaleB) = try right.parts()
        let kept = max(scaleA, scaleB)
        let scale = max(kept, quotientScale)
        guard let power = powerOfTen(scale + scaleB - scaleA) else { throw .tooManyDigits }
        let (high, low) = a.magnitude.multipliedFullWidth(by: power.magnitude)
        guard high < b.magnitude else { throw .tooManyDigits }
        var (quotient, remainder) = b.magnitude.dividingFullWidth((high, low))
        if remainder >= b.magnitude - remainder { quotient += 1 }
        guard var coefficient = Int128(exactly: quotient) else { throw .tooManyDigits }
        var digits = scale
        while digits > kept, coefficient % 10 == 0 {
            coefficient /= 10
            digits -= 1
        }
        return try checked((a < 0) == (b < 0) ? coefficient : -coefficient, false, scale: digits)
    }

    /// What truncating division leaves, with the sign of the dividend.
    static func remainder(_ left: ExactNumber, _ right: ExactNumber) throws(EvaluationError) -> ExactNumber {
        guard !right.isZero else { throw .divisionByZero }
        switch try aligned(left, right) {
        case .finite(let a, let b, let scale): return .finite(a % b, scale: scale)
        case .special(let a, let b):
            if a.isNaN || b.isNaN || !a.isFinite { return .notANumber }
            return a
        }
    }

    var negated: ExactNumber {
        switch self {
        case .finite(let coefficient, let scale): .finite(-coefficient, scale: scale)
        case .long(let text):
            text.first == UInt8(ascii: "-") ? .long(Array(text.dropFirst())) : .long([UInt8(ascii: "-")] + text)
        case .notANumber: .notANumber
        case .infinity: .negativeInfinity
        case .negativeInfinity: .infinity
        }
    }

    var isNegative: Bool {
        switch self {
        case .finite(let coefficient, _): coefficient < 0
        case .long(let text): text.first == UInt8(ascii: "-")
        case .negativeInfinity: true
        case .notANumber, .infinity: false
        }
    }

    var isNaN: Bool {
        if case .notANumber = self { true } else { false }
    }

    /// How a number is brought to fewer digits after the point.
    enum Rounding {
        /// Half away from zero.
        case nearest
        case down
        case up
    }

    /// The number with `digits` after the point; more zeros are appended where it has fewer.
    func rounded(_ rounding: Rounding, digits: Int) throws(EvaluationError) -> ExactNumber {
        guard isFinite else { return self }
        let (coefficient, scale) = try parts()
        guard digits < scale else {
            guard let power = Self.powerOfTen(digits - scale) else { throw .tooManyDigits }
            let (product, isTooLong) = coefficient.multipliedReportingOverflow(by: power)
            return try Self.checked(product, isTooLong, scale: digits)
        }
        guard let power = Self.powerOfTen(scale - digits) else { return .finite(0, scale: digits) }
        let (quotient, remainder) = coefficient.quotientAndRemainder(dividingBy: power)
        var result = quotient
        switch rounding {
        case .nearest:
            if remainder.magnitude >= power.magnitude - remainder.magnitude { result += coefficient < 0 ? -1 : 1 }
        case .down: if remainder < 0 { result -= 1 }
        case .up: if remainder > 0 { result += 1 }
        }
        return .finite(result, scale: digits)
    }

    private static let quotientScale = 16

    private enum Aligned {
        case finite(Int128, Int128, scale: Int)
        /// At least one of them is no finite number.
        case special(ExactNumber, ExactNumber)
    }

    /// Both numbers with the same scale.
    private static func aligned(_ left: ExactNumber, _ right: ExactNumber) throws(EvaluationError) -> Aligned {
        guard left.isFinite, right.isFinite else { return .special(left, right) }
        let (a, scaleA) = try left.parts()
        let (b, scaleB) = try right.parts()
        let scale = max(scaleA, scaleB)
        return .finite(try widened(a, by: scale - scaleA), try widened(b, by: scale - scaleB), scale: scale)
    }

    private static func widened(_ coefficient: Int128, by digits: Int) throws(EvaluationError) -> Int128 {
        guard digits > 0, coefficient != 0 else { return coefficient }
        guard let power = powerOfTen(digits) else { throw .tooManyDigits }
        let (product, isTooLong) = coefficient.multipliedReportingOverflow(by: power)
        guard !isTooLong else { throw .tooManyDigits }
        return product
    }

    private func parts() throws(EvaluationError) -> (Int128, Int) {
        guard case .finite(let coefficient, let scale) = self else { throw .tooManyDigits }
        return (coefficient, scale)
    }

    private static func checked(_ coefficient: Int128, _ isTooLong: Bool, scale: Int) throws(EvaluationError)
        -> ExactNumber
    {
        guard !isTooLong, coefficient.magnitude < UInt128(limit) else { throw .tooManyDigits }
        return .finite(coefficient, scale: scale)
    }

    /// Ten to the power of 38: the first number with 39 digits.
    private static let limit: UInt128 = 100_000_000_000_000_000_000_000_000_000_000_000_000

    private static func specialProduct(_ left: ExactNumber, _ right: ExactNumber) -> ExactNumber {
        if left.isNaN || right.isNaN || left.isZero || right.isZero { return .notANumber }
        return left.isNegative == right.isNegative ? .infinity : .negativeInfinity
    }
}

internal import Wire

/// A decimal number as expressions calculate with it: exact, with up to 38 digits; and the values beyond numbers.
///
/// A longer number, which a column may well hold, compares and passes through unharmed but is not calculated with.
enum ExactNumber: Sendable {
    /// The coefficient divided by ten to the power of the scale; the scale is never negative.
    case finite(Int128, scale: Int)
    /// A number of more digits, as its text: sign, digits, point, digits.
    case long([UInt8])
    case notANumber
    case infinity
    case negativeInfinity

    init(_ number: Int) { self = .finite(Int128(number), scale: 0) }

    /// Reads digits with an optional sign, fraction and exponent, and the special values in PostgreSQL's spelling; nil
    /// for anything else.
    init?(_ text: Span<UInt8>) {
        guard let parts = DecimalText(text) else {
            guard let special = Self.special(text) else { return nil }
            self = special
            return
        }
        self = parts.exponent == 0 ? Self(parts, in: text) : Self.scaled(parts, in: text)
    }

    private static func special(_ text: Span<UInt8>) -> ExactNumber? {
        if text.isEqual(to: "NaN") { return .notANumber }
        if text.isEqual(to: "Infinity") { return .infinity }
        return text.isEqual(to: "-Infinity") ? .negativeInfinity : nil
    }

    private init(_ parts: DecimalText, in text: Span<UInt8>) {
        var coefficient: Int128 = 0
        guard parts.digitCount <= 38 else {
            self = .long(parts.plainText(of: text))
            return
        }
        for index in parts.digits where text[index] != UInt8(ascii: ".") {
            coefficient = coefficient * 10 + Int128(text[index] - UInt8(ascii: "0"))
        }
        self = .finite(parts.isNegative ? -coefficient : coefficient, scale: parts.fractionCount)
    }

    /// A number with an exponent: rewritten without it.
    private static func scaled(_ parts: DecimalText, in text: Span<UInt8>) -> ExactNumber {
        let plain = parts.plainText(of: text)
        guard let plainParts = DecimalText(plain.span) else { return .notANumber }
        return ExactNumber(plainParts, in: plain.span)
    }

    var isZero: Bool {
        if case .finite(0, _) = self { true } else { false }
    }

    var isFinite: Bool {
        switch self {
        case .finite, .long: true
        case .notANumber, .infinity, .negativeInfinity: false
        }
    }

    /// The number as an integer of 64 bits, or nil where it has a fraction or does not fit.
    var int64: Int64? {
        guard case .finite(let coefficient, let scale) = self else { return nil }
        guard scale > 0 else { return Int64(exactly: coefficient) }
        guard let power = Self.powerOfTen(scale), coefficient % power == 0 else { return nil }
        return Int64(exactly: coefficient / power)
    }

    /// The nearest double.
    var double: Double {
        switch self {
        case .notANumber: return .nan
        case .infinity: return .infinity
        case .negativeInfinity: return -.infinity
        case .finite, .long:
            var text: [UInt8] = []
            append(to: &text)
            return Double(String(decoding: text, as: UTF8.self)) ?? .nan
        }
    }

    /// Appends PostgreSQL's text of the number.
    func append(to text: inout [UInt8]) {
        switch self {
        case .notANumber: text.append(literal: "NaN")
        case .infinity: text.append(literal: "Infinity")
        case .negativeInfinity: text.append(literal: "-Infinity")
        case .long(let digits): text.append(contentsOf: digits)
        case .finite(let coefficient, let scale):
            if coefficient < 0 { text.append(UInt8(ascii: "-")) }
            let digits = Array(String(coefficient.magnitude).utf8)
            let wholeCount = digits.count - scale
            if wholeCount > 0 {
                text.append(contentsOf: digits[..<wholeCount])
            } else {
                text.append(UInt8(ascii: "0"))
            }
            guard scale > 0 else { return }
            text.append(UInt8(ascii: "."))
            for _ in 0..<max(0, -wholeCount) { text.append(UInt8(ascii: "0")) }
            text.append(contentsOf: digits[max(0, wholeCount)...])
        }
    }

    /// Ten to a power, or nil where it has more than 38 digits.
    static func powerOfTen(_ exponent: Int) -> Int128? {
        guard (0...38).contains(exponent) else { return nil }
        var power: Int128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}

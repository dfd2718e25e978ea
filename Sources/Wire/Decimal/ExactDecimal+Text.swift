extension ExactDecimal {
    /// Reads `-123.4500`, with or without an exponent, `NaN`, `Infinity` or `-Infinity`.
    public init(parsing text: Span<UInt8>) throws(WireError) {
        if text.count >= 3, text[text.count - 1] | 0x20 > UInt8(ascii: "e") {
            if text.isEqual(to: "NaN") {
                self = .nan
            } else if text.isEqual(to: "Infinity") {
                self = .infinity
            } else if text.isEqual(to: "-Infinity") {
                self = .negativeInfinity
            } else {
                throw Self.malformed
            }
            return
        }
        let parts = try Self.parts(text)
        if parts.digits <= Self.shortDigitsMax {
            var significand: UInt64 = 0
            for index in parts.first..<parts.end where Digits.isDigit(text[index]) {
                significand = significand &* 10 &+ UInt64(text[index] &- UInt8(ascii: "0"))
            }
            self.init(isNegative: parts.isNegative, significand: significand, scale: parts.scale)
        } else {
            var digits: [UInt8] = []
            digits.reserveCapacity(parts.digits)
            for index in parts.first..<parts.end where Digits.isDigit(text[index]) {
                digits.append(text[index] - UInt8(ascii: "0"))
            }
            self.init(isNegative: parts.isNegative, digits: digits, scale: parts.scale)
        }
    }

    /// Where the parts of a number stand in its text.
    private struct Parts {
        var isNegative = false
        /// The first byte of the digits, and the one after the last; a point may stand between.
        var first = 0
        var end = 0
        var digits = 0
        var scale = 0
    }

    private static func parts(_ text: Span<UInt8>) throws(WireError) -> Parts {
        var parts = Parts()
        var index = 0
        if text.count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            parts.isNegative = text[0] == UInt8(ascii: "-")
            index = 1
        }
        parts.first = index
        var hasPoint = false
        scan: while index < text.count {
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                parts.digits += 1
                if hasPoint { parts.scale += 1 }
            case UInt8(ascii: ".") where !hasPoint: hasPoint = true
            default: break scan
            }
            index &+= 1
        }
        guard parts.digits > 0 else { throw malformed }
        parts.end = index
        if index < text.count {
            guard text[index] | 0x20 == UInt8(ascii: "e") else { throw malformed }
            parts.scale -= try exponent(text, from: index + 1)
        }
        return parts
    }

    private static func exponent(_ text: Span<UInt8>, from start: Int) throws(WireError) -> Int {
        let hasPlus = start < text.count && text[start] == UInt8(ascii: "+")
        let exponent = try NumberText.integer(text.extracting((hasPlus ? start + 1 : start)..<text.count))
        guard abs(exponent) <= exponentMax else { throw malformed }
        return Int(exponent)
    }

    private static var malformed: WireError { .malformed("decimal") }
}

extension ExactDecimal: LosslessStringConvertible {
    /// The number in full, without an exponent: what PostgreSQL's `numeric` prints.
    public var description: String {
        var text: [UInt8] = []
        text.append(decimal: self)
        return String(decoding: text.span)
    }

    public init?(_ description: String) {
        do { self = try ExactDecimal(parsing: description.utf8.span) } catch { return nil }
    }
}

extension [UInt8] {
    /// Appends a decimal number in full, without an exponent, with as many digits after the point as its scale says.
    public mutating func append(decimal number: ExactDecimal) {
        switch number.kind {
        case .nan: append(literal: "NaN")
        case .infinity: append(literal: "Infinity")
        case .negativeInfinity: append(literal: "-Infinity")
        case .finite:
            if number.isNegative { append(UInt8(ascii: "-")) }
            appendFinite(number)
        }
    }

    private mutating func appendFinite(_ number: ExactDecimal) {
        let digits = number.digits
        let whole = digits.count - number.scale
        if whole <= 0 { append(UInt8(ascii: "0")) }
        for (index, digit) in digits.enumerated() where index < whole { append(UInt8(ascii: "0") + digit) }
        // Zero times a power of ten is zero.
        if number.scale < 0, !number.isZero {
            append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -number.scale))
        }
        guard number.scale > 0 else { return }
        append(UInt8(ascii: "."))
        if whole < 0 { append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -whole)) }
        for digit in digits[Swift.max(0, whole)...] { append(UInt8(ascii: "0") + digit) }
    }
}

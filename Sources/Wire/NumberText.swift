/// Reads and checks the text of numbers, as databases and JSON write them.
public enum NumberText {
    /// Reads a whole number: digits with a minus sign or none before them.
    public static func integer(_ text: Span<UInt8>) throws(WireError) -> Int64 {
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        let magnitude = try magnitude(text, from: isNegative ? 1 : 0)
        if isNegative {
            guard magnitude <= Int64.min.magnitude else { throw .malformed("integer") }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
        guard magnitude <= Int64.max.magnitude else { throw .malformed("integer") }
        return Int64(magnitude)
    }

    /// Reads a whole number that has no sign.
    public static func unsigned(_ text: Span<UInt8>) throws(WireError) -> UInt64 {
        try magnitude(text, from: 0)
    }

    private static func magnitude(_ text: Span<UInt8>, from start: Int) throws(WireError) -> UInt64 {
        guard start < text.count else { throw .malformed("integer") }
        var value: UInt64 = 0
        for index in start..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeToo) = product.addingReportingOverflow(UInt64(digit))
            guard digit < 10, !isTooLarge, !isTooLargeToo else { throw .malformed("integer") }
            value = sum
        }
        return value
    }

    /// Whether the text is a whole number as JSON writes it: no plus sign, no zeros before the first digit.
    @inlinable
    public static func isJSONInteger(_ text: Span<UInt8>) -> Bool {
        let start = text.count > 0 && text[0] == UInt8(ascii: "-") ? 1 : 0
        guard start < text.count, text[start] != UInt8(ascii: "0") || text.count == start &+ 1 else { return false }
        for index in start..<text.count where !Digits.isDigit(text[index]) { return false }
        return true
    }

    /// Whether the text is a number as JSON writes it (RFC 8259, section 6).
    public static func isJSONNumber(_ text: Span<UInt8>) -> Bool {
        endOfJSONNumber(in: text, from: 0) == text.count
    }

    /// Where the JSON number that begins at `start` ends; nil where none begins there.
    static func endOfJSONNumber(in text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
        let whole = digits(in: text, from: index)
        guard whole == 1 || whole > 1 && text[index] != UInt8(ascii: "0") else { return nil }
        index += whole
        if index < text.count, text[index] == UInt8(ascii: ".") {
            let fraction = digits(in: text, from: index + 1)
            guard fraction > 0 else { return nil }
            index += 1 + fraction
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
            let exponent = digits(in: text, from: index)
            guard exponent > 0 else { return nil }
            index += exponent
        }
        return index
    }

    /// Whether the text is one of the three values that are not numbers to JSON.
    public static func isSpecial(_ text: Span<UInt8>) -> Bool {
        text.isEqual(to: "NaN") || text.isEqual(to: "Infinity") || text.isEqual(to: "-Infinity")
    }

    private static func digits(in text: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count, Digits.isDigit(text[end]) { end &+= 1 }
        return end - start
    }
}

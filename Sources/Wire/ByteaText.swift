/// The bytes behind PostgreSQL's hexadecimal form of `bytea`: `\x` and two digits for each byte.
public enum ByteaText {
    /// The digits without `\x`.
    @_lifetime(copy text)
    public static func digits(_ text: Span<UInt8>) throws(WireError) -> Span<UInt8> {
        guard text.count >= 2, text.count.isMultiple(of: 2), text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x")
        else { throw malformed }
        return text.extracting(2..<text.count)
    }

    /// The bytes themselves.
    public static func bytes(_ text: Span<UInt8>) throws(WireError) -> [UInt8] {
        let digits = try digits(text)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for offset in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = Hex.byte(in: digits, at: offset) else { throw malformed }
            bytes.append(byte)
        }
        return bytes
    }

    static var malformed: WireError { .malformed("bytea in hexadecimal form") }
}

extension [UInt8] {
    /// Appends the digits of a PostgreSQL `bytea`, without the `\x` before them.
    public mutating func append(hexOfBytea bytea: Span<UInt8>) throws(WireError) {
        let digits = try ByteaText.digits(bytea)
        for index in digits.indices where Hex.value(of: digits[index]) == nil { throw ByteaText.malformed }
        append(digits)
    }
}

/// UUIDs as text (RFC 9562, section 4): thirty-two hexadecimal digits in groups of 8, 4, 4, 4 and 12.
public enum UUIDText {
    /// The 128 bits as one number, the first digit highest.
    public static func number(_ text: Span<UInt8>) throws(WireError) -> UInt128 {
        guard text.count == 36 else { throw .malformed("UUID") }
        var number: UInt128 = 0
        for index in text.indices {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard text[index] == UInt8(ascii: "-") else { throw .malformed("UUID") }
            } else {
                guard let digit = Hex.value(of: text[index]) else { throw .malformed("UUID") }
                number = number << 4 | UInt128(digit)
            }
        }
        return number
    }
}

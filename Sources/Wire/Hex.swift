/// Hexadecimal digits.
public enum Hex {
    /// The lower-case digit of a number below sixteen.
    @inlinable
    public static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }

    /// The number that a digit stands for, in either case.
    @inlinable
    public static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The byte that the two digits from `offset` on stand for, or nil where they are not digits.
    ///
    /// - Precondition: the text has two bytes from `offset` on.
    @inlinable
    static func byte(in text: Span<UInt8>, at offset: Int) -> UInt8? {
        guard let high = value(of: text[offset]), let low = value(of: text[offset + 1]) else { return nil }
        return high << 4 | low
    }
}

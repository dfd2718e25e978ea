/// PostgreSQL's `boolean`: `t` or `f`.
public enum BooleanText {
    /// Whether the text says true; the words in full are understood too.
    @inlinable
    public static func isTrue(_ text: Span<UInt8>) throws(WireError) -> Bool {
        if text.count == 1 {
            if text[0] == UInt8(ascii: "t") { return true }
            if text[0] == UInt8(ascii: "f") { return false }
        }
        if text.isEqual(to: "true") { return true }
        guard text.isEqual(to: "false") else { throw .malformed("boolean") }
        return false
    }
}

/// Reads a PostgreSQL composite value in text form, field by field: `(1,"a ""b""",)`
/// (PostgreSQL documentation, section 8.16.6).
public struct CompositeLiteral: ~Copyable, ~Escapable {
    public enum Field: Equatable, Sendable {
        case null
        case value(LiteralItem)
    }

    private let text: Span<UInt8>
    private var offset = 1
    private var isAtEnd = false

    @_lifetime(copy text)
    public init(_ text: Span<UInt8>) throws(WireError) {
        guard text.count >= 2, text[0] == UInt8(ascii: "("), text[text.count - 1] == UInt8(ascii: ")") else {
            throw Self.malformed
        }
        self.text = text
    }

    /// The next field, or nil after the last. A composite without fields reads like one with a single null.
    @_lifetime(self: copy self)
    public mutating func next() throws(WireError) -> Field? {
        guard !isAtEnd else { return nil }
        let (item, end) = try text.literalItem(at: offset, doublesQuotes: true) { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: ")")
        }
        guard end < text.count else { throw Self.malformed }
        if text[end] == UInt8(ascii: ")") {
            guard end == text.count - 1 else { throw Self.malformed }
            isAtEnd = true
        } else if text[end] != UInt8(ascii: ",") {
            throw Self.malformed
        }
        offset = end + 1
        return item.isQuoted || !item.range.isEmpty ? .value(item) : .null
    }

    private static var malformed: WireError { .malformed("composite") }
}

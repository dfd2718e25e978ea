/// The parts of a PostgreSQL range in text form: `empty`, `[1,5)`, `(,"2026-01-01 00:00:00"]`
/// (PostgreSQL documentation, section 8.17.5).
public struct RangeLiteral: Equatable, Sendable {
    public var isEmpty = false
    /// The lower bound, or nil where the range has none.
    public var lower: LiteralItem?
    /// The upper bound, or nil where the range has none.
    public var upper: LiteralItem?
    public var includesLower = false
    public var includesUpper = false

    public init(_ text: Span<UInt8>) throws(WireError) {
        if text.isEqual(to: "empty") {
            isEmpty = true
        } else {
            let end = try read(text, from: 0)
            guard end == text.count else { throw Self.malformed }
        }
    }

    fileprivate init(_ text: Span<UInt8>, from start: Int, end: inout Int) throws(WireError) {
        end = try read(text, from: start)
    }

    /// Reads from the opening bracket on; returns the place after the closing one.
    private mutating func read(_ text: Span<UInt8>, from start: Int) throws(WireError) -> Int {
        guard start < text.count, text[start] == UInt8(ascii: "[") || text[start] == UInt8(ascii: "(") else {
            throw Self.malformed
        }
        includesLower = text[start] == UInt8(ascii: "[")
        let (lower, separator) = try Self.bound(of: text, at: start + 1)
        guard separator < text.count, text[separator] == UInt8(ascii: ",") else { throw Self.malformed }
        let (upper, closing) = try Self.bound(of: text, at: separator + 1)
        guard closing < text.count, text[closing] == UInt8(ascii: "]") || text[closing] == UInt8(ascii: ")") else {
            throw Self.malformed
        }
        includesUpper = text[closing] == UInt8(ascii: "]")
        (self.lower, self.upper) = (lower, upper)
        return closing + 1
    }

    private static func bound(of text: Span<UInt8>, at start: Int) throws(WireError) -> (LiteralItem?, Int) {
        let (item, end) = try text.literalItem(at: start, doublesQuotes: true) { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]")
        }
        return (item.isQuoted || !item.range.isEmpty ? item : nil, end)
    }

    private static var malformed: WireError { .malformed("range") }
}

/// Reads a PostgreSQL multirange in text form, range by range: `{[1,3),[5,7)}`.
public struct MultirangeLiteral: ~Copyable, ~Escapable {
    private let text: Span<UInt8>
    private var offset = 1

    @_lifetime(copy text)
    public init(_ text: Span<UInt8>) throws(WireError) {
        guard text.count >= 2, text[0] == UInt8(ascii: "{") else { throw Self.malformed }
        self.text = text
    }

    /// The next range, its items placed in the whole text, or nil after the last.
    @_lifetime(self: copy self)
    public mutating func next() throws(WireError) -> RangeLiteral? {
        guard offset < text.count else { throw Self.malformed }
        if text[offset] == UInt8(ascii: "}") {
            guard offset == text.count - 1 else { throw Self.malformed }
            return nil
        }
        if offset > 1 {
            guard text[offset] == UInt8(ascii: ",") else { throw Self.malformed }
            offset += 1
        }
        var end = offset
        let range = try RangeLiteral(text, from: offset, end: &end)
        offset = end
        return range
    }

    private static var malformed: WireError { .malformed("multirange") }
}

/// Reads a PostgreSQL array in text form, token by token: `{1,NULL,"a \"b\""}`, `[0:1][-1:0]={{1,2},{3,4}}`
/// (PostgreSQL documentation, section 8.15.6).
///
/// Elements are separated by commas, as in every type but `box`.
public struct ArrayLiteral: ~Copyable, ~Escapable {
    public enum Token: Equatable, Sendable {
        case open
        case close
        case null
        case element(LiteralItem)
    }

    private let text: Span<UInt8>
    private var offset = 0
    private var depth = 0
    private var expects = Expectation.opening
    /// The lower bound of each dimension; empty where the literal states none, and then all are one.
    public private(set) var lowerBounds: [Int] = []

    private enum Expectation {
        case opening, valueOrClosing, value, separator, end
    }

    /// PostgreSQL's own limit.
    public static let dimensionsMax = 6

    /// Reads the bounds before the first brace.
    @_lifetime(copy text)
    public init(_ text: Span<UInt8>) throws(WireError) {
        self.text = text
        while offset < text.count, text[offset] == UInt8(ascii: "[") { try readBounds() }
        if !lowerBounds.isEmpty {
            guard offset < text.count, text[offset] == UInt8(ascii: "=") else { throw Self.malformed }
            offset += 1
        }
    }

    /// The next token, or nil after the last brace was closed.
    @_lifetime(self: copy self)
    public mutating func next() throws(WireError) -> Token? {
        guard offset < text.count else {
            guard expects == .end else { throw Self.malformed }
            return nil
        }
        let byte = text[offset]
        switch expects {
        case .end: throw Self.malformed
        case .separator:
            offset += 1
            if byte == UInt8(ascii: "}") { return close() }
            guard byte == UInt8(ascii: ",") else { throw Self.malformed }
            expects = .value
            return try next()
        case .valueOrClosing where byte == UInt8(ascii: "}"):
            offset += 1
            return close()
        case .opening, .value, .valueOrClosing:
            guard byte != UInt8(ascii: "{") else { return try open() }
            guard expects != .opening else { throw Self.malformed }
            return try readElement()
        }
    }

    @_lifetime(self: copy self)
    private mutating func open() throws(WireError) -> Token {
        depth += 1
        guard depth <= Self.dimensionsMax else { throw Self.malformed }
        offset += 1
        expects = .valueOrClosing
        return .open
    }

    @_lifetime(self: copy self)
    private mutating func close() -> Token {
        depth -= 1
        expects = depth == 0 ? .end : .separator
        return .close
    }

    @_lifetime(self: copy self)
    private mutating func readElement() throws(WireError) -> Token {
        let (item, end) = try text.literalItem(at: offset, doublesQuotes: false) { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
        }
        guard item.isQuoted || !item.range.isEmpty else { throw Self.malformed }
        offset = end
        expects = .separator
        return !item.isQuoted && isNull(item.range) ? .null : .element(item)
    }

    private func isNull(_ range: Range<Int>) -> Bool {
        range.count == 4 && text[range.lowerBound] | 0x20 == UInt8(ascii: "n")
            && text[range.lowerBound + 1] | 0x20 == UInt8(ascii: "u")
            && text[range.lowerBound + 2] | 0x20 == UInt8(ascii: "l")
            && text[range.lowerBound + 3] | 0x20 == UInt8(ascii: "l")
    }

    /// Reads `[lower:upper]`.
    @_lifetime(self: copy self)
    private mutating func readBounds() throws(WireError) {
        offset += 1
        let lower = try readInteger(endingAt: UInt8(ascii: ":"))
        let upper = try readInteger(endingAt: UInt8(ascii: "]"))
        guard lower <= upper, lowerBounds.count < Self.dimensionsMax else { throw Self.malformed }
        lowerBounds.append(Int(lower))
    }

    @_lifetime(self: copy self)
    private mutating func readInteger(endingAt delimiter: UInt8) throws(WireError) -> Int32 {
        let start = offset
        while offset < text.count, text[offset] != delimiter { offset += 1 }
        guard offset < text.count else { throw Self.malformed }
        let number = try NumberText.integer(text.extracting(start..<offset))
        offset += 1
        guard let number = Int32(exactly: number) else { throw Self.malformed }
        return number
    }

    private static var malformed: WireError { .malformed("array") }
}

/// Where an item of an array, composite or range literal stands, without its quotes.
public struct LiteralItem: Equatable, Sendable {
    public var range: Range<Int>
    /// Whether the item holds backslashes or doubled quotes that stand for one character.
    public var isEscaped: Bool
    /// Whether the item stood in quotes.
    var isQuoted: Bool
}

extension Span<UInt8> {
    /// The text of an item that holds escapes, each of them resolved.
    public func unescaped(_ item: LiteralItem) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(item.range.count)
        var index = item.range.lowerBound
        while index < item.range.upperBound {
            let isEscape = self[index] == UInt8(ascii: "\\") || self[index] == UInt8(ascii: "\"")
            if isEscape, index + 1 < item.range.upperBound { index += 1 }
            text.append(self[index])
            index += 1
        }
        return text
    }

    /// Finds the end of the item that begins at `start`: quoted, or up to one of the bytes that end a bare one.
    ///
    /// - Parameter doublesQuotes: whether two quotes within quotes stand for one, as in composites and ranges.
    /// - Returns: the item, and the place after it and its quotes.
    func literalItem(
        at start: Int, doublesQuotes: Bool, endingAt isEnd: (UInt8) -> Bool
    ) throws(WireError) -> (item: LiteralItem, end: Int) {
        guard start < count, self[start] == UInt8(ascii: "\"") else {
            return try bareItem(at: start, endingAt: isEnd)
        }
        var isEscaped = false
        var index = start + 1
        while index < count {
            if self[index] == UInt8(ascii: "\\") {
                isEscaped = true
                index += 2
            } else if self[index] != UInt8(ascii: "\"") {
                index += 1
            } else if doublesQuotes, index + 1 < count, self[index + 1] == UInt8(ascii: "\"") {
                isEscaped = true
                index += 2
            } else {
                let item = LiteralItem(range: start + 1..<index, isEscaped: isEscaped, isQuoted: true)
                return (item, index + 1)
            }
        }
        throw .malformed("literal without a closing quote")
    }

    private func bareItem(
        at start: Int, endingAt isEnd: (UInt8) -> Bool
    ) throws(WireError) -> (item: LiteralItem, end: Int) {
        var isEscaped = false
        var index = start
        while index < count, !isEnd(self[index]) {
            guard self[index] != UInt8(ascii: "\"") else { throw .malformed("literal with a quote in the middle") }
            if self[index] == UInt8(ascii: "\\") {
                isEscaped = true
                index += 1
            }
            index += 1
        }
        guard index < count else { throw .malformed("literal without an end") }
        return (LiteralItem(range: start..<index, isEscaped: isEscaped, isQuoted: false), index)
    }
}

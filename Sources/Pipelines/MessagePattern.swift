internal import Wire

/// Which logical messages an entry takes, by their prefix.
public struct MessagePattern: Sendable, Hashable {
    /// The prefix; with a `*` at its end, what it begins with.
    public let text: String
    private let beginning: [UInt8]
    private let isOpen: Bool

    public init(_ text: String) {
        self.text = text
        isOpen = text.hasSuffix("*")
        beginning = Array((isOpen ? text.dropLast() : text[...]).utf8)
    }

    public func matches(_ prefix: Span<UInt8>) -> Bool {
        guard isOpen ? prefix.count >= beginning.count : prefix.count == beginning.count else { return false }
        return prefix.extracting(first: beginning.count).isEqual(to: beginning.span)
    }
}

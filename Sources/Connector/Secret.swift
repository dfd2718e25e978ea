/// A text that must never be printed: it describes itself as dots.
public struct Secret: Sendable, Hashable {
    /// The text itself; for the call that needs it and for nothing else.
    public let revealed: String

    public init(_ text: String) {
        revealed = text
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "•••" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

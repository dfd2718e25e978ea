/// One option that a connector understands: the pipeline reader validates by it, and the published JSON Schema and the
/// help text are made from it.
public struct OptionDescriptor: Sendable {
    public indirect enum Kind: Sendable {
        case text
        /// A text with `{column}` in it.
        case template
        /// A text that is never shown, such as a password or a URL with one.
        case secret
        case integer(ClosedRange<Int>)
        case boolean
        /// A number and a unit: `250ms`, `30s`, `5m`, `2h`, `7d`.
        case duration
        /// A number and a unit: `512KB`, `8MB`, `1GB`; powers of 1024.
        case byteCount
        case choice([String])
        /// The name of a column of the row.
        case column
        case list(of: Kind)
        case map(of: Kind)
    }

    public var name: String
    public var kind: Kind
    public var isRequired: Bool
    /// What holds when the option is absent, for people.
    public var defaultText: String?
    /// One sentence: what it means, with units and limits.
    public var summary: String

    public init(
        _ name: String, _ kind: Kind, isRequired: Bool = false, default defaultText: String? = nil, _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.defaultText = defaultText
        self.summary = summary
    }
}

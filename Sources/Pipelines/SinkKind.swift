public import Connector

/// What the reader has to know of a kind of sink.
public struct SinkKind: Sendable {
    /// The key in the list under `sinks:`.
    public var name: String
    public var summary: String
    /// What the sink understands beside `name` and `write`.
    public var options: [OptionDescriptor]
    /// What an entry under `write:` understands beside `from`, `messages`, `name` and the transforms.
    public var mappingOptions: [OptionDescriptor]

    /// Whether an entry may take messages instead of a table's rows.
    public var takesMessages: Bool

    public init(
        name: String, summary: String, options: [OptionDescriptor], mappingOptions: [OptionDescriptor],
        takesMessages: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.options = options
        self.mappingOptions = mappingOptions
        self.takesMessages = takesMessages
    }

    public init(_ factory: any SinkFactory) {
        self.init(
            name: factory.kind, summary: factory.summary, options: factory.options,
            mappingOptions: factory.mappingOptions, takesMessages: factory.takesMessages)
    }
}

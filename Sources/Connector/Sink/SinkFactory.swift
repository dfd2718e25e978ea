public import Logging

/// Makes sinks of one kind; one line of the sink registry.
public protocol SinkFactory: Sendable {
    /// The key under `sinks:` in a pipeline file.
    var kind: String { get }
    /// One sentence for `--help` and the JSON Schema.
    var summary: String { get }
    /// What the sink itself understands, such as `url`.
    var options: [OptionDescriptor] { get }
    /// What each entry under `write:` understands beside `from` and the transforms.
    var mappingOptions: [OptionDescriptor] { get }
    /// Whether an entry under `write:` may take logical messages instead of a table's rows: its mapping of
    /// ``Change/LogicalMessage/schema`` then has to append, because a message has no key.
    var takesMessages: Bool { get }

    /// Makes a sink without connecting to anything.
    ///
    /// - Throws: ``ConfigurationErrors`` with the place of each wrong option.
    func makeSink(_ context: SinkContext) throws -> any ChangeSink
}

extension SinkFactory {
    public var takesMessages: Bool { false }
}

/// What a sink is made from.
public struct SinkContext: Sendable {
    public var pipeline: String
    /// The sink's name, which tells it apart within the pipeline.
    public var name: String
    public var options: OptionValues
    public var logger: Logger
    /// Re-reads rows at the source, for targets that are made of several rows.
    public var source: any ReadableSource

    public init(
        pipeline: String, name: String, options: OptionValues, logger: Logger, source: any ReadableSource
    ) {
        self.pipeline = pipeline
        self.name = name
        self.options = options
        self.logger = logger
        self.source = source
    }
}

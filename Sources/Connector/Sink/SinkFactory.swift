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

    /// Makes a sink without connecting to anything.
    ///
    /// - Throws: ``ConfigurationErrors`` with the place of each wrong option.
    func makeSink(_ context: SinkContext) throws -> any ChangeSink
}

/// What a sink is made from.
public struct SinkContext: Sendable {
    public var pipeline: String
    public var options: OptionValues
    public var logger: Logger
    /// Re-reads rows at the source, for targets that are made of several rows.
    public var source: any ReadableSource

    public init(pipeline: String, options: OptionValues, logger: Logger, source: any ReadableSource) {
        self.pipeline = pipeline
        self.options = options
        self.logger = logger
        self.source = source
    }
}

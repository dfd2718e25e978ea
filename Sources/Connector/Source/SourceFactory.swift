public import Change
public import Logging

/// Makes sources of one kind; one line of the source registry.
public protocol SourceFactory: Sendable {
    /// The key under `source:` in a pipeline file.
    var kind: String { get }
    /// One sentence for `--help` and the JSON Schema.
    var summary: String { get }
    /// Everything the source understands, `tables` and `snapshot` included.
    var options: [OptionDescriptor] { get }

    /// Makes a source without connecting to anything.
    ///
    /// - Throws: ``ConfigurationErrors`` with the place of each wrong option.
    func makeSource(_ context: SourceContext) throws -> any ChangeSource
}

/// What a source is made from.
public struct SourceContext: Sendable {
    /// The pipeline's name: lower-case letters, digits and hyphens.
    public var pipeline: String
    public var options: OptionValues
    public var tables: [TableName]
    public var logger: Logger

    public init(pipeline: String, options: OptionValues, tables: [TableName], logger: Logger) {
        self.pipeline = pipeline
        self.options = options
        self.tables = tables
        self.logger = logger
    }
}

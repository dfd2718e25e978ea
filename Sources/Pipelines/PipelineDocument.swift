public import Connector

/// One pipeline file, read and checked against what the connectors understand; nothing of it was tried on a server.
public struct PipelineDocument: Sendable {
    /// The file as it was named to the reader.
    public var file: String
    /// Lower-case letters, digits and hyphens.
    public var name: String
    public var source: SourceDocument
    /// In the file's order; at least one.
    public var sinks: [SinkDocument]
    /// How it is audited unasked; nil for not at all.
    public var audit: AuditDocument?
    /// What is odd but not wrong, such as a table that no sink writes.
    public var warnings: [Diagnostic]

    public init(
        file: String, name: String, source: SourceDocument, sinks: [SinkDocument], audit: AuditDocument? = nil,
        warnings: [Diagnostic] = []
    ) {
        self.file = file
        self.name = name
        self.source = source
        self.sinks = sinks
        self.audit = audit
        self.warnings = warnings
    }
}

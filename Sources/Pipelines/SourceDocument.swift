public import Change
public import Connector

/// What a pipeline file says of its source.
public struct SourceDocument: Sendable {
    /// The key under `source:`, such as `postgres`.
    public var kind: String
    /// Everything but `tables` and `snapshot`.
    public var options: OptionValues
    /// In the file's order, each once; at least one.
    public var tables: [Located<TableName>]
    public var snapshot: SnapshotMode

    public init(kind: String, options: OptionValues, tables: [Located<TableName>], snapshot: SnapshotMode) {
        self.kind = kind
        self.options = options
        self.tables = tables
        self.snapshot = snapshot
    }
}

/// Whether a table's rows are read before its changes count.
public enum SnapshotMode: String, Sendable, CaseIterable {
    /// Once per table and sink, before the stream alone keeps it.
    case initial
    /// Only changes from now on are written.
    case never
}

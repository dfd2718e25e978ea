public import Change
internal import Engine

/// What an audit looks at, and how hard.
public struct AuditOptions: Sendable {
    /// The tables to compare; all of the pipeline when nil.
    public var tables: Set<TableName>?
    /// The only rows to compare, by table and primary key; all when nil. Nothing is then looked for without a row.
    public var rows: [TableName: [[String]]]?
    /// How often rows that changed while they were looked at, or that seem to differ, are looked at again.
    public var roundsMax = 8
    /// How many of these looks have to find the same before a difference is reported.
    public var confirmations = 2
    /// How long a sink may make no progress before its part is given up.
    public var patience = Duration.seconds(60)
    /// How many rows a second are read from the source, and from each sink, at the most; as many as come when nil.
    public var rowsPerSecond: Int?
    /// So many findings of a mapping are listed; all are counted.
    public var findingsMax = 1_000
    /// Whether to go on with the audit that was interrupted, where the same was asked for.
    public var resumes = false
    /// Whether findings leave out the values of rows.
    public var isRedacted = false
    /// Whether, and how much, is repaired.
    public var repair: RepairLimits?

    public init() {}

    var pace: AuditPace { AuditPace(patience: patience, rowsPerSecond: rowsPerSecond) }
}

/// How much an audit may repair in one mapping; where there is more to repair, nothing is.
public struct RepairLimits: Sendable {
    public var rowsMax: Int
    /// Of the rows that were compared.
    public var percentMax: Double

    public init(rowsMax: Int, percentMax: Double) {
        self.rowsMax = rowsMax
        self.percentMax = percentMax
    }
}

public import Change

/// How one run of a table is read; persisted, so that a run continues after a restart.
public struct SnapshotPlan: Sendable, Codable, Hashable {
    public var namespace: String
    public var name: String
    /// ``Change/TableSchema/id`` of the table that was planned.
    public var tableID: UInt64
    /// The commit position P: no row of the run bears a version below its own.
    public var commit: UInt64
    /// How many chunks the plan has, numbered from zero.
    public var chunkCount: Int
    /// How many rows the table was thought to have.
    public var rowsEstimated: Int
    public var bytesEstimated: Int
    /// Whether finished chunks survive a restart; false for a table read by physical order.
    public var isResumable: Bool
    /// The ranges, in a form that only the source reads.
    public var ranges: String

    public init(
        table: TableName, tableID: UInt64, commit: UInt64, chunkCount: Int, rowsEstimated: Int, bytesEstimated: Int,
        isResumable: Bool, ranges: String
    ) {
        namespace = table.namespace
        name = table.name
        self.tableID = tableID
        self.commit = commit
        self.chunkCount = chunkCount
        self.rowsEstimated = rowsEstimated
        self.bytesEstimated = bytesEstimated
        self.isResumable = isResumable
        self.ranges = ranges
    }

    public var table: TableName { TableName(namespace: namespace, name: name) }
}

public import Change

/// What the rows of a run are read for.
public enum SnapshotPurpose: Sendable {
    /// To be written. A row comes before the changes that follow it, and may be newer than what was delivered by then.
    case load
    /// To be compared. A row comes when everything that it is made of was delivered, and nothing of its key since it was
    /// read: where it stands in the stream, it is what a sink has to have. The keys of the others come in
    /// ``Change/SnapshotOrigin/overtaken``.
    case audit
}

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
    /// The commit position that every sink of the run had saved when it began: nothing at or before it is streamed to
    /// them again. The engine's own; nil in plans that earlier versions made.
    public var saved: UInt64?

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

extension ChangeSource {
    /// Reads a plan's rows to be written.
    public func runSnapshot(_ plan: SnapshotPlan, run: Int, skipping finished: Set<Int>) async throws {
        try await runSnapshot(plan, run: run, skipping: finished, for: .load)
    }
}

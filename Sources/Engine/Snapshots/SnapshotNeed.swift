internal import Change
internal import Connector
internal import Pipelines

/// What a table needs in one sink.
struct SnapshotNeed {
    var sink: String
    var table: TableName
    var fingerprint: UInt64
    var known: SnapshotState?
    /// Whether what the source no longer has is to be deleted from the sink.
    var findsDeletes: Bool

    var key: SnapshotKey { SnapshotKey(sink: sink, table: table) }

    /// The plan that it goes on with.
    var resumablePlan: SnapshotPlan? {
        guard let known, known.plan.isResumable, known.fingerprint == fingerprint else { return nil }
        return known.plan
    }
}

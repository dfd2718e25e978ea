import Change
import Connector

/// Values for tests of the store.
enum Samples {
    static let orders = TableName(namespace: "public", name: "orders")
    static let users = TableName(namespace: "odd \"name\"", name: "Ünïcode.users")

    static let source = SourceIdentity(["system": "7312", "timeline": "1", "database": "shop", "slot": "millrace_shop"])

    static func plan(of table: TableName = orders, commit: UInt64 = 77, chunks: Int = 40) -> SnapshotPlan {
        SnapshotPlan(
            table: table, tableID: .max, commit: commit, chunkCount: chunks, rowsEstimated: 1_000_000,
            bytesEstimated: 1 << 30, isResumable: true, ranges: "[1,2,\"ä\"]")
    }

    static func parked(
        _ ordinal: UInt64, sink: String = "redis", table: TableName = orders, reason: String = "too long"
    )
        -> ParkedChange
    {
        ParkedChange(
            sink: sink, mapping: "orders#0", table: table, reason: reason,
            version: Version(epoch: 3, commit: 1 << 49, window: 7),
            position: Position(commit: 1 << 49, ordinal: ordinal),
            kind: .update, keyJSON: #"{"id":\#(ordinal)}"#,
            envelopeJSON: #"{"id":\#(ordinal),"note":"line\nand \u0000"}"#, parkedAt: 1_700_000_000_000_000)
    }

    /// An update that fills every part of the state.
    static var everything: StateUpdate {
        var update = StateUpdate()
        update.source = source
        update.epoch = 2
        update.progress = [
            "redis": SourceProgress(commit: 1 << 50 - 1, end: .max), "elastic": .init(commit: 5, end: 40),
        ]
        update.incarnations = ["redis": SinkIncarnation(["run": "abc"]), "later": SinkIncarnation(["uuid": "x"])]
        let key = SnapshotKey(sink: "redis", table: orders)
        update.snapshotsBegun = [
            key: SnapshotState(plan: plan(), fingerprint: .max, finishedChunks: [0, 1, 2, 7]),
            SnapshotKey(sink: "elastic", table: users): SnapshotState(
                plan: plan(of: users), fingerprint: 1, findsDeletes: true),
        ]
        update.chunksFinished = [key: [3, 9, 39]]
        update.snapshotsCompleted = [SnapshotKey(sink: "elastic", table: users)]
        update.snapshotSaves = ["redis": .max, "elastic": 7]
        update.floors = ["redis": ["orders#0": Version(epoch: 31, commit: Version.commitMax, window: 255)]]
        return update
    }

    static func progress(_ commit: UInt64, of sink: String = "redis") -> StateUpdate {
        var update = StateUpdate()
        update.progress = [sink: SourceProgress(commit: commit, end: commit * 8)]
        return update
    }
}

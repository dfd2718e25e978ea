public import Change
public import Connector
internal import Synchronization
public import Threads

/// A source in memory: a fixed history of transactions that can be streamed from any position, and the table states
/// that it leads to.
public final class SimulatedSource: ChangeSource {
    public let tables: [TableSchema]
    private let history: [ChangeBatch]
    private let state = Mutex(State())

    private struct State {
        var acknowledged: [SourceProgress] = []
        var handover: Handover<ChangeBatch>?
    }

    /// - Parameter history: batches of the stream in order, cut anywhere.
    public init(tables: [TableSchema], history: [ChangeBatch]) {
        self.tables = tables
        self.history = history
    }

    /// Every acknowledgement, in order.
    public var acknowledged: [SourceProgress] { state.withLock { $0.acknowledged } }

    public static let identity = SourceIdentity(["system": "simulated"])

    public func check() async -> [Diagnostic] { [] }

    public func prepare(resumingFrom checkpoint: SourceCheckpoint?) async throws -> SourceStart {
        SourceStart(
            identity: Self.identity, progress: checkpoint?.progress ?? SourceProgress(commit: 0, end: 0),
            tables: tables)
    }

    public func stream(_ feed: Feed, after progress: SourceProgress, into handover: Handover<ChangeBatch>) async throws {
        state.withLock { $0.handover = handover }
        for batch in history where batch.transactions.contains(where: { $0.commit > progress.commit }) {
            while !handover.offer(batch, cost: batch.byteCount) {
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        try await Task.sleep(for: .seconds(3600))
    }

    public func acknowledge(_ progress: SourceProgress, of feed: Feed) {
        state.withLock { $0.acknowledged.append(progress) }
    }

    public func planSnapshot(of table: TableName) async throws -> SnapshotPlan {
        SnapshotPlan(
            table: table, tableID: tables.first { $0.table == table }?.id ?? 0, commit: 0, chunkCount: 0,
            rowsEstimated: 0, bytesEstimated: 0, isResumable: true, ranges: "")
    }

    public func planReread(of table: TableName, keys: [[String]]) async throws -> SnapshotPlan {
        try await planSnapshot(of: table)
    }

    public func runSnapshot(
        _ plan: SnapshotPlan, run: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose
    ) async throws {}

    public func health() async throws -> SourceHealth {
        SourceHealth(head: 0, retainedBytes: 0, retainedBytesMax: nil)
    }

    public func endFeed(_ feed: Feed) async throws {}
    public func remove() async throws {}

    public func describe(_ tables: [TableName]) async throws -> [TableSchema] {
        self.tables.filter { tables.contains($0.table) }
    }

    /// Answers from the newest state of the history, as a real source would.
    public func lookup(_ request: LookupRequest) async throws -> LookupResult {
        let rows = Self.rows(after: history, in: request.schema)
        return LookupResult(
            rows: request.keys.map { key in
                rows.filter { row in zip(request.parts, key).allSatisfy { $0.text(of: row) == $1 } }
            })
    }

    /// The rows of a table after a history, by replaying it in the plainest way.
    public static func rows(after history: [ChangeBatch], in schema: TableSchema) -> [Row] {
        var rows: [String: Row] = [:]
        func key(_ row: Row) -> String { schema.primaryKey.map { row.text($0) ?? "" }.joined(separator: "\u{0}") }
        for batch in history {
            for change in batch.changes where batch.schemas[Int(change.schema)].id == schema.id {
                if change.kind == .truncate { rows = [:] }
                let old = batch.oldRow(change)
                let known = old.flatMap { rows[key($0)] }
                if let old { rows[key(old)] = nil }
                guard change.hasNewRow else { continue }
                let new = batch.newRow(change)
                rows[key(new)] = (known ?? rows[key(new)]).map { new.filled(from: $0) } ?? new
            }
        }
        return Array(rows.values)
    }
}

public import Change
public import Connector
internal import Synchronization
public import Threads

/// A source in memory: a fixed history of transactions that can be streamed from any position, and the table states
/// that it leads to.
public final class SimulatedSource: ChangeSource {
    public let tables: [TableSchema]
    private let history: [ChangeBatch]
    /// Given where a transaction becomes visible only when a look-up asks for it, or for one that has waited for it.
    private let lockOrder: LockOrder?
    private let state: Mutex<State>

    private struct State {
        var acknowledged: [SourceProgress] = []
        var handover: Handover<ChangeBatch>?
        /// The transactions that somebody asked for by their numbers.
        var asked: Set<UInt64> = []
        var largestPart = 0
        var head: UInt64
    }

    /// - Parameter history: batches of the stream in order, cut anywhere.
    public init(tables: [TableSchema], history: [ChangeBatch], showsWhatIsAskedForAlone: Bool = false) {
        lockOrder = showsWhatIsAskedForAlone ? LockOrder(history) : nil
        self.tables = tables
        self.history = history
        state = Mutex(State(head: history.last?.transactions.last?.end ?? 0))
    }

    /// Every acknowledgement, in order.
    public var acknowledged: [SourceProgress] { state.withLock { $0.acknowledged } }

    public var lastCommit: UInt64 { history.last?.transactions.last?.commit ?? 0 }
    /// The most rows that were read as one part.
    public var largestPart: Int { state.withLock { $0.largestPart } }

    /// The end of the log: that of the history, until it is set to where no stream comes.
    public var head: UInt64 {
        get { state.withLock { $0.head } }
        set { state.withLock { $0.head = newValue } }
    }

    public static let identity = SourceIdentity(["system": "simulated"])

    public func check() async -> [Diagnostic] { [] }

    public func prepare(resumingFrom checkpoint: SourceCheckpoint?) async throws -> SourceStart {
        SourceStart(
            identity: Self.identity, progress: checkpoint?.progress ?? SourceProgress(commit: 0, end: 0),
            tables: tables)
    }

    public func stream(_ feed: Feed, after progress: SourceProgress, into handover: Handover<ChangeBatch>) async throws
    {
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
        SourceHealth(head: head, retainedBytes: 0, retainedBytesMax: nil)
    }

    public func endFeed(_ feed: Feed) async throws {}
    public func remove() async throws {}

    public func describe(_ tables: [TableName]) async throws -> [TableSchema] {
        self.tables.filter { tables.contains($0.table) }
    }

    /// Answers from the newest state of the history, as a real source would.
    public func lookup(_ request: LookupRequest) async throws -> LookupResult {
        let rows = visibleRows(for: request)
        return LookupResult(
            rows: request.keys.map { key in
                rows.filter { row in zip(request.parts, key).allSatisfy { $0.text(of: row) == $1 } }
            })
    }

    public func lookupPart(_ request: LookupRequest, after: [String]?, rowsMax: Int) async throws -> LookupPart {
        let key = request.schema.primaryKey
        func place(_ row: Row) -> [String] { key.map { row.text($0) ?? "" } }
        let rows = visibleRows(for: request)
            .filter { row in
                request.keys.contains { key in zip(request.parts, key).allSatisfy { $0.text(of: row) == $1 } }
            }
            .sorted { place($0).lexicographicallyPrecedes(place($1)) }
            .drop { row in after.map { !$0.lexicographicallyPrecedes(place(row)) } ?? false }
        let part = Array(rows.prefix(rowsMax))
        state.withLock { $0.largestPart = max($0.largestPart, part.count) }
        return LookupPart(rows: part, next: part.count < rowsMax ? nil : part.last.map(place))
    }

    private func visibleRows(for request: LookupRequest) -> [Row] {
        let asked = state.withLock { state in
            let new = Set(request.transactions).subtracting(state.asked)
            if let lockOrder, !new.isEmpty { state.asked = lockOrder.closure(of: state.asked.union(new)) }
            return state.asked
        }
        return Self.rows(after: history, in: request.schema) { id in lockOrder == nil || asked.contains(id) }
    }

    /// The rows of a table after a history, by replaying it in the plainest way.
    ///
    /// - Parameter isVisible: whether a transaction of this number counts.
    public static func rows(
        after history: [ChangeBatch], in schema: TableSchema, isVisible: (UInt64) -> Bool = { _ in true }
    ) -> [Row] {
        var rows: [String: Row] = [:]
        func key(_ row: Row) -> String { schema.primaryKey.map { row.text($0) ?? "" }.joined(separator: "\u{0}") }
        for batch in history {
            let visible = batch.transactions.filter { isVisible($0.id) }.flatMap { batch.changes[$0.changes] }
            for change in visible where batch.schemas[Int(change.schema)].id == schema.id {
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

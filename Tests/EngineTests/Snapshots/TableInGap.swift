import Change
import Connector
import ConnectorTestKit
import Synchronization
import Threads

@testable import Engine

/// A source of one table whose rows at P are given, and of a stream after it.
///
/// Some of the rows are overtaken by the stream: they are left out of the chunk, as a real source leaves them out, and
/// the changes that overtook them come first.
final class TableInGap: ChangeSource {
    struct Plan {
        /// The rows that the table has at P, without those that the stream has overtaken.
        var rows: [[String?]]
        /// How many chunks they are read in.
        var chunks = 2
        /// What the stream delivers before the rows.
        var before: [ChangeBatch] = []
        /// What the stream delivers after the rows of the first chunk, and what it waits for before.
        var between: [ChangeBatch] = []
        var untilFirstIsThere: @Sendable () async throws -> Void = {}
        /// What the stream delivers once rows have waited for a while.
        var whileRowsWait: [ChangeBatch] = []
        /// What the stream delivers after the rows.
        var after: [ChangeBatch] = []
        /// P.
        var commit: UInt64
        /// The rows as a look-up finds them.
        var newest: [Row] = []
        var identity = SourceIdentity(["system": "restored"])
    }

    private let plan: Plan
    private let schema: TableSchema
    private let handover = Mutex<Handover<ChangeBatch>?>(nil)
    private let rowsDelivered = Door(isOpen: false)
    private let rowsWait = Door(isOpen: false)
    /// How many runs were read.
    let runs = Mutex(0)

    init(_ plan: Plan, schema: TableSchema) {
        self.plan = plan
        self.schema = schema
    }

    func check() async -> [Diagnostic] { [] }

    func prepare(resumingFrom checkpoint: SourceCheckpoint?) async throws -> SourceStart {
        if let checkpoint, checkpoint.identity != plan.identity {
            throw MillraceError(.sourceChanged, "simulated: run `millrace checkpoint reset`")
        }
        return SourceStart(
            identity: plan.identity, progress: checkpoint?.progress ?? SourceProgress(commit: 0, end: 0),
            tables: [schema])
    }

    func stream(_ feed: Feed, after progress: SourceProgress, into handover: Handover<ChangeBatch>) async throws {
        for batch in plan.before { try await put(batch, into: handover) }
        self.handover.withLock { $0 = handover }
        if !plan.whileRowsWait.isEmpty { await rowsWait.pass() }
        for batch in plan.whileRowsWait { try await put(batch, into: handover) }
        await rowsDelivered.pass()
        for batch in plan.after { try await put(batch, into: handover) }
        try await Task.sleep(for: .seconds(3600))
    }

    func planSnapshot(of table: TableName) async throws -> SnapshotPlan {
        SnapshotPlan(
            table: table, tableID: schema.id, commit: plan.commit, chunkCount: plan.chunks,
            rowsEstimated: plan.rows.count, bytesEstimated: 0, isResumable: true, ranges: "")
    }

    func planReread(of table: TableName, keys: [[String]]) async throws -> SnapshotPlan {
        try await planSnapshot(of: table)
    }

    func runSnapshot(
        _ plan: SnapshotPlan, run: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose
    ) async throws {
        runs.withLock { $0 += 1 }
        let (rows, count) = (self.plan.rows, self.plan.chunks)
        for chunk in 0..<count where !finished.contains(chunk) {
            let rows = rows[rows.count * chunk / count..<rows.count * (chunk + 1) / count]
            var batch = ChangeBatch(
                origin: .snapshot(
                    SnapshotOrigin(
                        run: run, table: schema.table, commit: plan.commit, chunk: chunk, isLastOfChunk: true,
                        superseded: 0)))
            batch.schemas = [schema]
            for row in rows { append(row, to: &batch) }
            while handover.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(1)) }
            guard let handover = handover.withLock({ $0 }) else { continue }
            let begun = ContinuousClock.now
            while !handover.headroom.isThere(for: run, share: 1) {
                if ContinuousClock.now - begun > .milliseconds(100) { rowsWait.open() }
                try await Task.sleep(for: .milliseconds(1))
            }
            try await put(batch, into: handover)
            guard chunk == 0 else { continue }
            try await self.plan.untilFirstIsThere()
            for batch in self.plan.between { try await put(batch, into: handover) }
        }
        rowsDelivered.open()
    }

    func acknowledge(_ progress: SourceProgress, of feed: Feed) {}
    func health() async throws -> SourceHealth { SourceHealth(head: 0, retainedBytes: 0, retainedBytesMax: nil) }
    func endFeed(_ feed: Feed) async throws {}
    func remove() async throws {}
    func describe(_ tables: [TableName]) async throws -> [TableSchema] { [schema] }
    func lookup(_ request: LookupRequest) async throws -> LookupResult {
        LookupResult(
            rows: request.keys.map { key in
                plan.newest.filter { row in zip(request.parts, key).allSatisfy { $0.text(of: row) == $1 } }
            })
    }

    private func put(_ batch: ChangeBatch, into handover: Handover<ChangeBatch>) async throws {
        while !handover.offer(batch, cost: batch.byteCount) { try await Task.sleep(for: .milliseconds(1)) }
    }

    private func append(_ cells: [String?], to batch: inout ChangeBatch) {
        let first = UInt32(batch.slots.count)
        for cell in cells {
            guard let cell else {
                batch.slots.append(.null)
                continue
            }
            batch.slots.append(CellSlot(offset: batch.bytes.count, length: cell.utf8.count))
            batch.bytes.append(contentsOf: cell.utf8)
        }
        batch.changes.append(
            Change(
                kind: .read, old: .absent, schema: 0, ordinal: UInt64(batch.changes.count), newSlot: first, oldSlot: 0))
    }
}

import Change
import Connector

@testable import PostgresClient
@testable import SourceConnectors

extension StreamingSource {
    /// The plan's ranges: the table's storage, and of how many chunks each row goes into one by the hash of its key.
    func planSnapshot(of table: TableName) async throws -> SnapshotPlan {
        try await connect()
        return plan(try Self.table(table), ranges: "", chunkCount: world.chance.between(1, 3))
    }

    func planReread(of table: TableName, keys: [[String]]) async throws -> SnapshotPlan {
        try await connect()
        return plan(try Self.table(table), ranges: keys.map { $0[0] }.joined(separator: ","), chunkCount: 1)
    }

    private static func table(_ name: TableName) throws -> SimulatedTable {
        guard let table = SimulatedTable.allCases.first(where: { $0.name == name }) else {
            throw MillraceError(.invariant, "simulated: there is no such table")
        }
        return table
    }

    private func plan(_ table: SimulatedTable, ranges: String, chunkCount: Int) -> SnapshotPlan {
        SnapshotPlan(
            table: table.name, tableID: UInt64(100 + table.rawValue), commit: database.position - 1,
            chunkCount: chunkCount, rowsEstimated: 0, bytesEstimated: 0, isResumable: true,
            ranges: "\(database.storage(of: table))|\(ranges)")
    }

    func runSnapshot(
        _ plan: SnapshotPlan, run: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose
    ) async throws {
        let table = try Self.table(plan.table)
        merge.beginRun()
        defer { merge.endRun() }
        try await connect()
        let barrier = database.drawID()
        let chunks = (0..<plan.chunkCount).filter { !finished.contains($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for chunk in chunks {
                group.addTask {
                    while !(try await self.attempt(chunk, of: plan, table, run: run, barrier: barrier, purpose)) {
                        try await self.life.pause(self.world.chance.below(50 * Span.millisecond))
                    }
                }
                // One or two at once.
                if self.world.chance.oneIn(2) { try await group.next() }
            }
            while try await group.next() != nil {}
        }
    }

    /// Tries to read a chunk; false when it has to be tried again.
    private func attempt(
        _ chunk: Int, of plan: SnapshotPlan, _ table: SimulatedTable, run: Int, barrier: UInt64,
        _ purpose: SnapshotPurpose
    ) async throws -> Bool {
        do { try await connect() } catch is MillraceError { return false }
        let opened = merge.open(table: plan.tableID, keyColumns: ["id"], commit: plan.commit)
        defer { merge.close(opened.chunk) }
        try await life.pause(world.chance.below(3 * Span.millisecond))
        let snapshot = database.snapshot
        let parts = plan.ranges.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        let look = SnapshotChunkMachine.Look(
            snapshot: snapshot, inserted: LSN(rawValue: database.position * 8),
            flushed: LSN(rawValue: database.position * 8), storage: "\(database.storage(of: table))")
        let isBarrierKept = world.mutation != .chunkReadTooEarly
        var machine = SnapshotChunkMachine(barrier: isBarrierKept ? barrier : 0, storage: String(parts[0]))
        let action = machine.looked(look, mustSee: isBarrierKept ? opened.mustSee : [])
        merge.prune(seenBy: snapshot)
        if purpose == .audit { merge.hold(opened.chunk, until: look.inserted.commitPositionBefore) }
        switch action {
        case .read: break
        case .retake, .awaitFlush: return false
        case .void: throw MillraceError(.snapshotVoid, "simulated: the table was written anew")
        }
        let keys = parts[1].isEmpty ? nil : Set(parts[1].split(separator: ",").map(String.init))
        let rows = database.rows(of: table, seenBy: snapshot).sorted { $0.key < $1.key }.filter { id, _ in
            keys.map { $0.contains(id) } ?? (Self.chunk(of: id, plan.chunkCount) == chunk)
        }
        return try await hand(rows.map(\.value), of: chunk, as: opened.chunk, plan, table, run: run)
    }

    private func hand(
        _ rows: [SimulatedRow], of chunk: Int, as id: Int, _ plan: SnapshotPlan, _ table: SimulatedTable, run: Int
    ) async throws -> Bool {
        let schema = database.schema(of: table)
        var rest = rows[...]
        var ordinal: UInt64 = 0
        while true {
            try await life.pause(world.chance.below(world.scenario.chunkPause))
            guard !world.isFaulty(.source, oneIn: 12), merge.isSound(id) else { return false }
            var renderer = StreamRenderer()
            for row in rest.prefix(world.chance.between(1, 4)) {
                let read = LoggedChange(kind: .read, table: table, schema: schema, new: row, ordinal: ordinal)
                renderer.append(read)
                ordinal += 1
            }
            rest = rest.dropFirst(renderer.batch.changes.count)
            var batch = renderer.batch
            if batch.schemas.isEmpty { batch.schemas = [schema] }
            batch.origin = .snapshot(
                SnapshotOrigin(
                    run: run, table: plan.table, commit: plan.commit, chunk: chunk, isLastOfChunk: rest.isEmpty,
                    superseded: 0))
            merge.append(batch, of: id)
            news.ring()
            if rest.isEmpty { break }
            if world.chance.oneIn(2) {
                try await life.poll { merge.queuedBytes(of: run) < 2_000 || !merge.isSound(id) }
            }
        }
        try await life.poll { merge.isFinished(id) || !merge.isSound(id) }
        return merge.isFinished(id)
    }

    private static func chunk(of id: String, _ count: Int) -> Int {
        id.utf8.reduce(0) { $0 &* 31 &+ Int($1) } % count
    }
}

internal import Change
internal import Connector
internal import Logging
internal import PostgresClient
internal import Threads

extension PostgresSource {
    func planSnapshot(of table: TableName) async throws -> SnapshotPlan {
        try await plan(table) { planner, facts, session in try planner.plan(facts, on: session) }
    }

    func planReread(of table: TableName, keys: [[String]]) async throws -> SnapshotPlan {
        try await plan(table) { planner, facts, session in try planner.plan(facts, keys: keys, on: session) }
    }

    private func plan(
        _ table: TableName,
        _ plan: @escaping @Sendable (SnapshotPlanner, TableFacts, PostgresConnection) throws -> SnapshotPlan
    ) async throws -> SnapshotPlan {
        // A chunk fits the way to the stream, so that its transaction does not stay open behind a slow sink.
        let planner = SnapshotPlanner(
            chunkRows: options.chunkRows, chunkBytes: options.bufferBytes / max(2, options.snapshotParallelism))
        let known = tableIDs[table]
        return try await ask("planning a snapshot") { [options] session in
            let facts: TableFacts
            // A table that was renamed since the start is found by its oid.
            if let known, let found = try TableFacts.read(id: known, on: session) {
                facts = found
            } else {
                facts = try TableLookup.find([table], in: options, on: session)[0]
            }
            var plan = try plan(planner, facts, session)
            (plan.namespace, plan.name) = (table.namespace, table.name)
            return plan
        }
    }

    func runSnapshot(
        _ plan: SnapshotPlan, run: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose
    ) async throws {
        let run = try SnapshotRun(
            plan, number: run, skipping: finished, for: purpose, identity: try preparedIdentity())
        // Deliveries are noted before B is drawn: one that is not noted has a lower number than B.
        merge.beginRun()
        defer { merge.endRun() }
        let barrier = try await ask("beginning a snapshot") { session in
            guard let barrier = try session.query("SELECT pg_current_xact_id()").scalar.flatMap({ UInt64($0) }) else {
                throw CatalogError.noRow("transaction")
            }
            return barrier
        }
        note(run, number: run.number)
        defer { note(nil, number: run.number) }
        let (options, merge, logger) = (options, merge, logger)
        try await run.chunks.read(inParallel: options.snapshotParallelism, stop: { run.stop() }) {
            try SnapshotReader(run, options: options, merge: merge, barrier: barrier, logger: logger).readAll()
        }
    }
}

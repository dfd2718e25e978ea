internal import Change
internal import Connector
internal import Logging
internal import MongoClient
internal import Threads

extension MongoDBSource {
    func planSnapshot(of table: TableName) async throws -> SnapshotPlan {
        try await plan("planning a snapshot", of: table) { try $0.plan(table, on: $1) }
    }

    func planReread(of table: TableName, keys: [[String]]) async throws -> SnapshotPlan {
        try await plan("planning a re-read", of: table) { try $0.plan(table, keys: keys, on: $1) }
    }

    private func plan(
        _ doing: String, of table: TableName,
        _ plan: @escaping @Sendable (DocumentPlanner, MongoConnection) throws -> SnapshotPlan
    ) async throws -> SnapshotPlan {
        // Its rows come soon: the stream must not await an answer of the server for long by then.
        merge.beginRun()
        defer { merge.endRun() }
        // A chunk fits the way to the stream, so that it is not older than the server keeps when it is read to its end.
        let planner = DocumentPlanner(
            chunkRows: options.chunkRows, chunkBytes: options.bufferBytes / max(2, options.snapshotParallelism))
        return try await connections.ask(doing, place: "\(table)") { try plan(planner, $0) }
    }

    func runSnapshot(
        _ plan: SnapshotPlan, run: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose
    ) async throws {
        let run = try DocumentRun(plan, number: run, skipping: finished, for: purpose, source: try prepared())
        // Deliveries are noted before the first chunk's time is chosen.
        merge.beginRun()
        defer { merge.endRun() }
        let (options, merge, logger) = (options, merge, logger)
        try await run.chunks.read(inParallel: options.snapshotParallelism, stop: { run.stop() }) {
            try DocumentReader(run, options: options, merge: merge, logger: logger).readAll()
        }
    }
}

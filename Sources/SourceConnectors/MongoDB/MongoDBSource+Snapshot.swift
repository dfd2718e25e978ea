internal import Change
internal import Connector
internal import Logging
internal import MongoClient
internal import Threads

extension MongoDBSource {
    func planSnapshot(of table: TableName) async throws -> SnapshotPlan {
        let (planner, doing) = (planner, "planning a snapshot")
        let draft = try await connections.ask(doing, place: "\(table)") { try planner.draft(table, on: $0) }
        let boundaries = try await withThrowingTaskGroup(of: (Int, [[UInt8]]).self) { [connections] group in
            for (number, part) in draft.parts.enumerated() {
                group.addTask {
                    let found = try await connections.ask(doing, place: "\(table)") {
                        try planner.boundaries(of: table, every: draft.rowsPerChunk, in: part, on: $0)
                    }
                    return (number, found)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        return try planner.plan(table, draft, boundaries: draft.parts.indices.compactMap { boundaries[$0] })
    }

    func planReread(of table: TableName, keys: [[String]]) async throws -> SnapshotPlan {
        let planner = planner
        return try await connections.ask("planning a re-read", place: "\(table)") {
            try planner.plan(table, keys: keys, on: $0)
        }
    }

    private var planner: DocumentPlanner {
        // A chunk fits the way to the stream, so that it is not older than the server keeps when it is read to its end.
        DocumentPlanner(
            chunkRows: options.chunkRows, chunkBytes: options.bufferBytes / max(2, options.snapshotParallelism),
            walksMax: options.snapshotParallelism)
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

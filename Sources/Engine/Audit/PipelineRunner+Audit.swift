public import Change
public import Connector

extension PipelineRunner {
    /// The mappings of these tables, of all when nil.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `configuration` while the pipeline is not running.
    public func auditTargets(of tables: Set<TableName>? = nil) throws -> [AuditTarget] {
        try running().auditTargets(of: tables)
    }

    /// Plans an audit of a table: the plan can be read chunk by chunk, also by another process, as long as the table is
    /// not written anew.
    public func planAudit(of table: TableName) async throws -> SnapshotPlan {
        let run = try running()
        return try await run.whileItRuns { try await run.owner.source.planSnapshot(of: table) }
    }

    /// The epoch of the positions.
    public func epoch() throws -> UInt8 { try running().epoch }

    /// Compares the rows of some chunks of a plan in every sink that can be compared. One pass runs at a time.
    ///
    /// - Parameter sinks: they are left out, as if they had not got so far.
    public func compare(
        _ plan: SnapshotPlan, chunks: Range<Int>, without sinks: Set<String> = [], patience: Duration = .seconds(60),
        onProgress: @escaping @Sendable (PassProgress) -> Void = { _ in }
    ) async throws -> AuditPass {
        let run = try running()
        return try await run.whileItRuns {
            try await run.compare(plan, chunks: chunks, without: sinks, patience: patience, onProgress: onProgress)
        }
    }

    /// Compares the rows with these primary keys.
    public func compare(
        _ table: TableName, keys: [[String]], without sinks: Set<String> = [], patience: Duration = .seconds(60),
        onProgress: @escaping @Sendable (PassProgress) -> Void = { _ in }
    ) async throws -> AuditPass {
        let run = try running()
        return try await run.whileItRuns {
            try await run.compare(table, keys: keys, without: sinks, patience: patience, onProgress: onProgress)
        }
    }

    /// Finds at most `limit` entries of a mapping's target that no row of a pass explains.
    ///
    /// - Parameters:
    ///   - explained: the keys that the mapping expected in the pass, and where overtaken rows were read again.
    ///   - commit: ``AuditPass/commit`` of the pass.
    ///   - patience: how long the sink may take to apply what was delivered by now.
    public func findExtra(
        of mapping: String, in sink: String, than explained: KeyHashes, since commit: UInt64, limit: Int,
        patience: Duration = .seconds(60)
    ) async throws -> [SinkEntry] {
        let run = try running()
        return try await run.whileItRuns {
            try await run.findExtra(
                of: mapping, in: sink, than: explained, since: commit, limit: limit, patience: patience)
        }
    }

    /// Deletes entries, each only while it has the version that it was found with; returns how many.
    public func deleteExtra(_ entries: [SinkEntry], of mapping: String, in sink: String) async throws -> Int {
        let run = try running()
        return try await run.whileItRuns { try await run.deleteExtra(entries, of: mapping, in: sink) }
    }
}

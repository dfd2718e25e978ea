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

    /// Looks at the rows of some chunks of a plan. One pass runs at a time.
    public func look(
        _ plan: SnapshotPlan, chunks: Range<Int>, _ looks: [AuditLook], at pace: AuditPace = AuditPace(),
        onProgress: @escaping @Sendable (PassProgress) -> Void = { _ in }
    ) async throws -> AuditPass {
        let run = try running()
        return try await run.whileItRuns {
            try await run.look(plan, chunks: chunks, looks, at: pace, onProgress: onProgress)
        }
    }

    /// Looks at the rows with these primary keys.
    public func look(
        _ table: TableName, keys: [[String]], _ looks: [AuditLook], at pace: AuditPace = AuditPace(),
        onProgress: @escaping @Sendable (PassProgress) -> Void = { _ in }
    ) async throws -> AuditPass {
        let run = try running()
        return try await run.whileItRuns {
            try await run.look(table, keys: keys, looks, at: pace, onProgress: onProgress)
        }
    }

    /// Reads a mapping's target through: hands over whatever is older than the passes and not parked.
    ///
    /// - Parameters:
    ///   - commit: ``AuditPass/commit`` of the passes.
    ///   - isDigesting: whether entries are to be summed up.
    public func scan(
        _ mapping: String, in sink: String, since commit: UInt64, isDigesting: Bool, at pace: AuditPace = AuditPace(),
        _ take: @escaping @Sendable ([(entry: SinkEntry, digest: RowDigest)]) async throws -> Void
    ) async throws {
        let run = try running()
        try await run.whileItRuns {
            try await run.scan(mapping, in: sink, since: commit, isDigesting: isDigesting, at: pace, take)
        }
    }

    /// Deletes entries, each only while it has the version that it was found with; returns how many.
    public func deleteExtra(_ entries: [SinkEntry], of mapping: String, in sink: String) async throws -> Int {
        let run = try running()
        return try await run.whileItRuns { try await run.deleteExtra(entries, of: mapping, in: sink) }
    }
}

internal import Connector
internal import Engine
internal import Synchronization

/// What reads the targets through.
extension Auditor {
    /// Reads the targets through, every sink's at once, and holds what stands there against the rows.
    ///
    /// - Returns: by the target's index, the rows that have to be compared.
    func readTargets(_ audit: inout TableAudit) async throws -> [Int: [Int: DigestJoin.Suspects]] {
        let read = audit
        let joins = try await forEachTarget(of: read, Array(read.targets.indices)) { index in
            try await self.join(index, of: read)
        }
        var suspects: [Int: [Int: DigestJoin.Suspects]] = [:]
        for (index, (join, failure)) in joins {
            audit.note(join, of: index)
            if let failure { audit.noteFailure(failure, of: index) }
            if audit.targets[index].isDigested { suspects[index] = join.suspects }
        }
        return suspects
    }

    private func join(
        _ index: Int, of audit: TableAudit
    ) async throws -> (join: DigestJoin, failure: MillraceError?) {
        let store = notebook?.entries(of: index) ?? MemoryDigestStore()
        let entries = Mutex(DigestBuffer(DigestRuns(store)))
        let failure = try await scan(index, of: audit, isDigesting: audit.targets[index].isDigested) { found in
            guard entries.withLock({ $0.take(found.map(\.digest)) }) else { return }
            try await self.clock.perform("millrace-audit") { try entries.withLock { try $0.write() } }
        }
        let join = try await clock.perform("millrace-audit") {
            defer { try? store.clear() }
            return try entries.withLock { entries in
                try entries.write()
                return try DigestJoin(expected: audit.rows[index], found: entries.runs)
            }
        }
        return (join, failure)
    }

    /// Reads a target through, where that is possible.
    ///
    /// - Returns: what kept it from being read.
    private func scan(
        _ index: Int, of audit: TableAudit, isDigesting: Bool,
        _ take: @escaping @Sendable ([(entry: SinkEntry, digest: RowDigest)]) async throws -> Void
    ) async throws -> MillraceError? {
        guard let commit = audit.commit, audit.canScan(index) else { return nil }
        let target = audit.targets[index]
        do {
            try await runner.scan(
                target.mapping, in: target.sink, since: commit, isDigesting: isDigesting, at: options.pace
            ) { found in
                self.state.withLock { $0.entriesRead += UInt64(found.count) }
                try await take(found)
            }
            return nil
        } catch let error as MillraceError
            where [.sinkUnavailable, .sinkRejected, .sinkReplaced].contains(error.code)
        {
            return error
        }
    }

    /// Looks once more for what stood in the targets without a row.
    func findExtra(_ audit: inout TableAudit) async throws {
        let looked = audit
        let indices = audit.targets.indices.filter { !looked.unexplainedKeys(of: $0).isEmpty }
        let found = try await forEachTarget(of: looked, indices) { try await self.extra(of: $0, in: looked) }
        for (index, (entries, count, failure)) in found {
            audit.noteExtra(entries, count: count, of: index)
            if let failure { audit.noteFailure(failure, of: index) }
        }
    }

    private func extra(
        of index: Int, in audit: TableAudit
    ) async throws -> (entries: [SinkEntry], count: Int, failure: MillraceError?) {
        let keys = audit.unexplainedKeys(of: index)
        let extra = Mutex((entries: [SinkEntry](), keys: Set<UInt64>()))
        let failure = try await scan(index, of: audit, isDigesting: false) { [options] found in
            extra.withLock { extra in
                for (entry, digest) in found where keys.contains(digest.key) && extra.keys.insert(digest.key).inserted {
                    if extra.entries.count < options.findingsMax { extra.entries.append(entry) }
                }
            }
        }
        return extra.withLock { ($0.entries, $0.keys.count, failure) }
    }

    /// Does something with targets: with those of one sink in turn, with every sink at once.
    private func forEachTarget<Value: Sendable>(
        of audit: TableAudit, _ indices: [Int], _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [(index: Int, result: Value)] {
        try await withThrowingTaskGroup(of: [(Int, Value)].self) { group in
            for indices in Dictionary(grouping: indices, by: { audit.targets[$0].sink }).values {
                group.addTask {
                    var results: [(Int, Value)] = []
                    for index in indices { results.append((index, try await body(index))) }
                    return results
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}

internal import Change
internal import Connector
internal import Logging

/// Fills cells that the source left unchanged and that a mapping needs, by re-reading their rows by key.
///
/// A row that is gone when its transaction is visible was deleted or re-keyed by a later one, which is on its way and
/// decides: such a write is superseded.
struct RowCompleter: Sendable {
    let source: any ReadableSource
    let clock: any EngineClock
    let logger: Logger

    /// Returns the writes with every needed cell known; a write whose row is gone is marked dropped.
    func complete(_ writes: [PendingWrite]) async throws -> [PendingWrite] {
        var incomplete: [Int] = []
        for (index, write) in writes.enumerated()
        where write.write.kind == .update && write.write.action != .delete && write.plan.isIncomplete(write.write.row) {
            incomplete.append(index)
        }
        guard !incomplete.isEmpty else { return writes }
        var completed = writes
        let bySchema = Dictionary(grouping: incomplete) { ObjectIdentifier(writes[$0].write.row.schema) }
        for indices in bySchema.values { try await complete(indices, of: &completed) }
        return completed
    }

    private func complete(_ indices: [Int], of writes: inout [PendingWrite]) async throws {
        let schema = writes[indices[0]].write.row.schema
        let keyColumns = schema.primaryKey.isEmpty
            ? schema.columns.indices.filter { schema.columns[$0].isIdentity } : schema.primaryKey
        var keys: [[String]] = []
        for index in indices {
            keys.append(keyColumns.map { writes[index].write.row.text($0) ?? "" })
        }
        let request = LookupRequest(
            schema: schema, keyColumns: keyColumns, keys: keys,
            transactions: Array(Set(indices.map { writes[$0].write.transaction })))
        let result = try await lookup(request)
        for (index, rows) in zip(indices, result.rows) {
            if let row = rows.first {
                writes[index].write = writes[index].write.with(row: writes[index].write.row.filled(from: row))
            } else {
                writes[index].isDropped = true
            }
        }
    }

    private func lookup(_ request: LookupRequest) async throws -> LookupResult {
        var backoff = Backoff()
        while true {
            do {
                return try await source.lookup(request)
            } catch where RetryTable.decision(for: error) == .retry {
                logger.warning("a re-read by key failed; trying again", metadata: ["reason": "\(error)"])
                try await clock.sleep(for: backoff.next(random: clock.random()))
            }
        }
    }
}

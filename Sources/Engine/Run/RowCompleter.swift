internal import Change
internal import Connector
internal import Logging

/// Fills cells that the source left unchanged and that a mapping needs, by re-reading their rows by key, and adds what is
/// looked up in other tables.
///
/// A row that is gone when its transaction is visible was deleted or re-keyed by a later one, which is on its way and
/// decides: such a write is superseded.
///
/// Rows are read in parts whose number follows the size of those read before, so that wide values do not fill the memory.
struct RowCompleter: Sendable {
    private let source: PatientSource
    var joins: JoinReader
    /// Whether any mapping looks something up.
    let hasJoins: Bool
    /// How many rows are read at once.
    private var reach: ReadReach

    init(
        source: any ReadableSource, bytesWanted: Int, hasJoins: Bool = false, clock: any EngineClock, logger: Logger
    ) {
        self.source = PatientSource(source: source, clock: clock, logger: logger)
        reach = ReadReach(from: 16, to: 1_024, bytesWanted: bytesWanted)
        self.hasJoins = hasJoins
        joins = JoinReader(source: self.source, bytesWanted: bytesWanted)
    }

    /// Whether the writes may go on as they are.
    func isComplete(_ sorted: borrowing SortedWrites) -> Bool {
        // Where something is looked up, deletes are noted and widened too.
        guard !hasJoins else { return false }
        guard sorted.hasUpdates else { return true }
        let writes = sorted.writes.span
        for index in writes.indices where isRead(writes[index]) { return false }
        return true
    }

    /// Takes writes from the front, in order, with every needed cell known; nil when none are left. A write whose row is
    /// gone is marked dropped.
    mutating func completeNext(of writes: inout ArraySlice<PendingWrite>) async throws -> [PendingWrite]? {
        guard !writes.isEmpty else { return nil }
        var read: [Int] = []
        var end = writes.startIndex
        while end < writes.endIndex, read.count < reach.count {
            if isRead(writes[end]) { read.append(end - writes.startIndex) }
            end += 1
        }
        var part = Array(writes[..<end])
        writes = writes[end...]
        let incomplete = read.filter { isIncomplete(part[$0]) }
        let bySchema = Dictionary(grouping: incomplete) { ObjectIdentifier(part[$0].write.row.schema) }
        for indices in bySchema.values.sorted(by: { $0[0] < $1[0] }) { try await complete(indices, of: &part) }
        if hasJoins { try await joins.complete(&part) }
        guard !read.isEmpty else { return part }
        reach.note(bytes: read.reduce(0) { $0 + part[$1].write.row.byteCount }, of: read.count)
        return part
    }

    /// Whether something is read at the source for a write.
    private func isRead(_ write: borrowing PendingWrite) -> Bool {
        isIncomplete(write) || hasJoins && (JoinReader.isNeeded(by: write) || write.plan.trigger != nil)
    }

    private func isIncomplete(_ write: borrowing PendingWrite) -> Bool {
        write.write.kind == .update && write.write.action != .delete && write.plan.isIncomplete(write.write.row)
    }

    private func complete(_ indices: [Int], of writes: inout [PendingWrite]) async throws {
        let schema = writes[indices[0]].write.row.schema
        let keyColumns =
            schema.primaryKey.isEmpty
            ? schema.columns.indices.filter { schema.columns[$0].isIdentity } : schema.primaryKey
        let parts = keyColumns.map { LookupRequest.Part(column: $0) }
        var keys: [[String]] = []
        for index in indices {
            keys.append(parts.map { $0.text(of: writes[index].write.row) ?? "" })
        }
        let request = LookupRequest(
            schema: schema, parts: parts, keys: keys,
            transactions: Array(Set(indices.map { writes[$0].write.transaction })))
        let result = try await source.lookup(request)
        for (index, rows) in zip(indices, result.rows) {
            if let row = rows.first {
                writes[index].write = writes[index].write.with(row: writes[index].write.row.filled(from: row))
            } else {
                writes[index].isDropped = true
            }
        }
    }
}

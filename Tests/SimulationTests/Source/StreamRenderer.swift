import Change

/// Puts changes into batches as a source's decoder does.
struct StreamRenderer {
    private(set) var batch = ChangeBatch()
    /// Whether cells that a source leaves out are written as nulls: what law 5 forbids.
    var takesUnchangedForNull = false

    var isEmpty: Bool { batch.transactions.isEmpty }

    /// Appends a part of a transaction.
    mutating func append(_ transaction: LoggedTransaction, _ range: Range<Int>) {
        let first = batch.changes.count
        for change in transaction.changes[range] { append(change) }
        let isWhole = range.upperBound == transaction.changes.count
        batch.transactions.append(
            Transaction(
                commit: transaction.commit ?? 0, end: isWhole ? transaction.end : nil, id: transaction.id,
                committedAt: transaction.committedAt, changes: first..<batch.changes.count))
    }

    mutating func append(_ logged: LoggedChange) {
        let schema = index(of: logged.schema)
        var change = Change(kind: logged.kind, schema: UInt32(schema), ordinal: logged.ordinal)
        if logged.kind == .message { change.newSlot = append(["prefix", "\\x00"]) }
        if let old = logged.old {
            let isWhole = logged.schema.identity == .full
            if isWhole || logged.kind == .delete || logged.oldID != logged.newID {
                change.old = isWhole ? .full : .key
                change.oldSlot = append(old, identityOf: isWhole ? nil : logged.schema)
            }
        }
        if let new = logged.new {
            change.newSlot = append(new, unchangedFrom: logged.kind == .update ? logged.old : nil)
        }
        batch.changes.append(change)
    }

    private mutating func index(of schema: TableSchema) -> Int {
        if let known = batch.schemas.firstIndex(where: { $0 === schema }) { return known }
        batch.schemas.append(schema)
        return batch.schemas.count - 1
    }

    /// - Parameters:
    ///   - identityOf: where given, only the columns of its identity are known.
    ///   - old: where given, a large cell that is as it was there does not travel.
    private mutating func append(
        _ row: SimulatedRow, identityOf schema: TableSchema? = nil, unchangedFrom old: SimulatedRow? = nil
    ) -> UInt32 {
        let first = UInt32(batch.slots.count)
        for (column, cell) in row.enumerated() {
            let isHidden = schema.map { !$0.columns[column].isIdentity } ?? false
            let isUntouched =
                column == SimulatedTable.bigColumn && cell != nil && old.map { $0[column] == cell } ?? false
            if isHidden {
                batch.slots.append(.unchanged)
            } else if isUntouched {
                batch.slots.append(takesUnchangedForNull ? .null : .unchanged)
            } else if let cell {
                batch.slots.append(CellSlot(offset: batch.bytes.count, length: cell.utf8.count))
                batch.bytes.append(contentsOf: cell.utf8)
            } else {
                batch.slots.append(.null)
            }
        }
        return first
    }
}

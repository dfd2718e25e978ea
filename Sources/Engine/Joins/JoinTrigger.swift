internal import Change
internal import Connector
internal import Wire

/// A look-up seen from the table that it reads: which changes there concern rows of the mapping, and which rows.
///
/// A change that does not tell whom it concerns, such as a truncate, concerns every row of the mapping.
final class JoinTrigger: Sendable {
    /// The mapping of the rows that are concerned.
    let plan: MappingPlan
    /// The shape of the changes.
    private let schema: TableSchema
    /// The look-up in that shape; nil where it lacks a column that rows are found by.
    private let lookup: JoinLookup?
    /// The columns of the mapping's own table that the rows are found by.
    let ownColumns: [Int]

    /// - Parameter lookup: one of the plan's, of whatever version of the other table.
    init(plan: MappingPlan, lookup: JoinLookup, schema: TableSchema) {
        self.plan = plan
        self.schema = schema
        self.lookup = lookup.bound(to: schema)
        ownColumns = lookup.pairs.map(\.own)
    }

    /// The rows of the other table whose dependents a change concerns: as they were, as they are, or ``anyRow``.
    func concerned(by change: Change, in batch: ChangeBatch) -> [SourceRow] {
        guard let lookup else { return change.kind == .read ? [] : [anyRow] }
        let old = batch.oldRow(change).map { SourceRow(row: $0, slot: change.oldSlot) }
        switch change.kind {
        case .insert: return [SourceRow(row: batch.newRow(change), slot: change.newSlot)]
        case .delete: return old.map { [$0] } ?? [anyRow]
        case .update:
            var new = SourceRow(row: batch.newRow(change), slot: change.newSlot)
            if let old, new.row.hasUnchangedCells { new = SourceRow(row: new.row.filled(from: old.row), slot: nil) }
            return concerned(byUpdateOf: old, change.old, to: new, lookup)
        case .truncate: return [anyRow]
        case .read, .message: return []
        }
    }

    /// What an update concerns, as far as the source tells what it changed.
    ///
    /// The identity carries the columns of the pairs, so that a source which gives no old row says that they are what they
    /// were.
    private func concerned(
        byUpdateOf old: SourceRow?, _ kind: OldRow, to new: SourceRow, _ lookup: JoinLookup
    ) -> [SourceRow] {
        if lookup.pairs.contains(where: { new.row.state($0.other) == .unchanged }) { return [anyRow] }
        guard let old else { return mayChangeTaken(lookup, old: nil, new.row) ? [new] : [] }
        if lookup.pairs.contains(where: { differs($0.other, old.row, new.row) }) { return [old, new] }
        return mayChangeTaken(lookup, old: kind == .full ? old.row : nil, new.row) ? [new] : []
    }

    private func mayChangeTaken(_ lookup: JoinLookup, old: Row?, _ new: Row) -> Bool {
        guard case .take(let columns) = lookup.gain else { return false }
        return columns.contains { column in
            if let old { differs(column, old, new) } else { new.state(column) != .unchanged }
        }
    }

    private func differs(_ column: Int, _ old: Row, _ new: Row) -> Bool {
        if new.state(column) == .unchanged { return false }
        return old.state(column) != new.state(column) || !old.bytes(column).isEqual(to: new.bytes(column))
    }

    /// Appends what changes fold by which concern the same rows.
    ///
    /// - Returns: false where no row depends on the other one.
    func appendKey(of other: Row, to key: inout [UInt8]) -> Bool {
        if Self.meansAll(other) { return true }
        guard let parts = self.key(of: other) else { return false }
        for part in parts {
            key.append(decimal: part.utf8.count)
            key.append(UInt8(ascii: ":"))
            key.append(part)
        }
        return true
    }

    /// What the rows of the mapping are found by that a row of the other table belongs to; nil where there can be none.
    func key(of other: Row) -> [String]? { lookup?.ownKey(of: other) }

    // MARK: All rows

    /// The row that stands for every row of the other table: nothing of it is known.
    private var anyRow: SourceRow {
        var builder = RowBuilder()
        for _ in schema.columns { builder.appendUnchanged() }
        return SourceRow(row: builder.row(schema: schema), slot: nil)
    }

    static func meansAll(_ other: Row) -> Bool {
        (0..<other.count).allSatisfy { other.state($0) == .unchanged }
    }
}

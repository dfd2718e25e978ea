internal import Change

/// The look-ups of a mapping, compiled for one version of its table and of those that they read.
final class JoinPlan: Sendable {
    /// The shape of the rows as the source gives them.
    let own: TableSchema
    /// The own columns, and after them what the look-ups add: the shape that transforms and sinks see.
    let schema: TableSchema
    let lookups: [JoinLookup]

    init(own: TableSchema, lookups: [JoinLookup], added: [Column]) {
        precondition(added.count == lookups.reduce(0) { $0 + $1.width }, "each added column comes from a look-up")
        self.own = own
        self.lookups = lookups
        schema = TableSchema(
            id: own.id, table: own.table, columns: own.columns + added, identity: own.identity,
            primaryKey: own.primaryKey)
    }

    /// The own columns that the look-ups need.
    var ownColumns: Set<Int> { Set(lookups.flatMap(\.pairs).map(\.own)) }

    /// The row in the wider shape, without what the look-ups add.
    func widened(_ row: Row) -> Row {
        guard row.count == own.columns.count else { return row }
        var builder = builder(row)
        for _ in own.columns.count..<schema.columns.count { builder.appendUnchanged() }
        return builder.row(schema: schema)
    }

    /// The row with what its look-ups found, in their order.
    func widened(_ row: Row, with findings: [JoinFinding]) -> Row {
        precondition(row.count == own.columns.count, "a row is completed once")
        var builder = builder(row)
        for (lookup, finding) in zip(lookups, findings) {
            switch (finding, lookup.gain) {
            case (.row(let found), .take(let columns)):
                for column in columns { builder.append(cell: column, of: found) }
            case (.count(let count), .count): builder.append(String(count))
            case (.unknown, _): for _ in 0..<lookup.width { builder.appendUnchanged() }
            case (.nothing, .count): builder.append("0")
            case (.nothing, .take), (.row, .count), (.count, .take):
                for _ in 0..<lookup.width { builder.appendNull() }
            }
        }
        return builder.row(schema: schema)
    }

    private func builder(_ row: borrowing Row) -> RowBuilder {
        var builder = RowBuilder(bytesReserved: row.byteCount + 32, slotsReserved: schema.columns.count)
        for column in own.columns.indices { builder.append(cell: column, of: row) }
        return builder
    }
}

/// What a look-up found for one row.
enum JoinFinding {
    case row(Row)
    case count(Int)
    case nothing
    /// A column that it is made by is not known.
    case unknown
}

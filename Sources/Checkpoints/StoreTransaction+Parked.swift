internal import Change
internal import Connector
internal import GRDB

extension StoreTransaction {
    /// Sets a change aside. A change that was parked before, as a replay of the stream does, keeps its number and waits
    /// again.
    mutating func park(_ change: ParkedChange) throws {
        let place: [DatabaseValue] = [
            change.sink.databaseValue, change.mapping.databaseValue, change.table.namespace.databaseValue,
            change.table.name.databaseValue, change.version.rawValue.databaseValue,
            StoreCells.bits(change.position.ordinal), change.keyJSON.databaseValue,
        ]
        let known = try StoreFormat.parked.fetchAll(
            from: database,
            where:
                "sink = ? AND mapping = ? AND namespace = ? AND name = ? AND version = ? AND ordinal = ? AND key = ?",
            arguments: StatementArguments(place))
        let number = try known.first?.number("number") ?? nextNumber()
        try put(
            [number.databaseValue] + place + [
                change.reason.databaseValue, StoreCells.bits(change.position.commit),
                change.kind.rawValue.databaseValue, change.envelopeJSON.databaseValue,
                change.parkedAt.databaseValue, .null,
            ], to: StoreFormat.parked)
    }

    /// Notes when a parked change was replayed.
    mutating func markReplayed(_ row: StoreRow, at time: Int64) throws {
        let cells = Array(row.databaseValues.dropLast(2))
        try put(cells + [time.databaseValue], to: StoreFormat.parked)
    }

    /// One more than any number that was ever given, discarded ones included.
    private func nextNumber() throws -> Int64 {
        let last = try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'parked'")
        return (last ?? 0) + 1
    }
}

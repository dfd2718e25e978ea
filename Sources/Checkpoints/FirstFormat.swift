internal import GRDB

/// Format 1, which did not know of snapshots that find deletes.
enum FirstFormat {
    static let number = 1

    private static let snapshot = StoreTable(
        "snapshot", keys: ["sink", "namespace", "name"], values: ["plan", "fingerprint", "finished", "is_complete"])

    /// The tables whose rows the digest sums.
    static let summed = [StoreFormat.sink, snapshot, StoreFormat.floor, StoreFormat.parked]

    /// Makes a verified file one of the current format, in the transaction at hand: all of it or nothing.
    static func bringUpToDate(_ database: Database) throws {
        let rows = try snapshot.fetchAll(from: database)
        var pipeline = try PipelineRow.read(from: database)
        try database.execute(sql: "ALTER TABLE snapshot ADD COLUMN finds_deletes INTEGER NOT NULL DEFAULT 0")
        for row in rows {
            let cells = Array(row.databaseValues.dropLast())
            pipeline.digest &-= snapshot.checksum(of: row)
            pipeline.digest &+= try StoreFormat.snapshot.put(cells + [false.databaseValue], to: database)
        }
        try pipeline.write(to: database)
        try database.execute(sql: "PRAGMA user_version = \(StoreFormat.current)")
    }
}

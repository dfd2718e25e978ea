internal import GRDB

/// A format that earlier versions wrote. All of them differ from the current one in what a snapshot's row holds.
enum EarlierFormat: Int {
    /// Knew nothing of snapshots that find deletes.
    case first = 1
    /// Did not count the saves of snapshots.
    case second = 2

    /// The columns that the snapshot's row has got since, in order, all of them numbers that begin with zero.
    private var missing: [String] {
        switch self {
        case .first: ["finds_deletes", "last_save"]
        case .second: ["last_save"]
        }
    }

    private var snapshot: StoreTable {
        var values = ["plan", "fingerprint", "finished", "is_complete"]
        if self == .second { values.append("finds_deletes") }
        return StoreTable("snapshot", keys: ["sink", "namespace", "name"], values: values)
    }

    /// The tables whose rows the digest sums.
    var summed: [StoreTable] { [StoreFormat.sink, snapshot, StoreFormat.floor, StoreFormat.parked] }

    /// Makes a verified file one of the current format, in the transaction at hand: all of it or nothing.
    func bringUpToDate(_ database: Database) throws {
        let rows = try snapshot.fetchAll(from: database)
        var pipeline = try PipelineRow.read(from: database)
        for column in missing {
            try database.execute(sql: "ALTER TABLE snapshot ADD COLUMN \(column) INTEGER NOT NULL DEFAULT 0")
        }
        for row in rows {
            let cells = Array(row.databaseValues.dropLast()) + missing.map { _ in 0.databaseValue }
            pipeline.digest &-= snapshot.checksum(of: row)
            pipeline.digest &+= try StoreFormat.snapshot.put(cells, to: database)
        }
        try pipeline.write(to: database)
        try database.execute(sql: "PRAGMA user_version = \(StoreFormat.current)")
    }
}

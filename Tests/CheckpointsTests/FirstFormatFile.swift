import GRDB

@testable import Checkpoints

/// A store as the version before wrote it.
enum FirstFormatFile {
    private static let snapshot = StoreTable(
        "snapshot", keys: ["sink", "namespace", "name"], values: ["plan", "fingerprint", "finished", "is_complete"])

    /// Takes a store of the current format back to the first, which knew of no snapshots that find deletes.
    static func make(of path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            var pipeline = try PipelineRow.read(from: database)
            let rows = try StoreFormat.snapshot.fetchAll(from: database)
            try database.execute(sql: "ALTER TABLE snapshot DROP COLUMN finds_deletes")
            for row in rows {
                pipeline.digest &-= StoreFormat.snapshot.checksum(of: row)
                pipeline.digest &+= try snapshot.put(Array(row.databaseValues.dropLast(2)), to: database)
            }
            try pipeline.write(to: database)
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        try queue.close()
    }
}

import GRDB

@testable import Checkpoints

/// A store as an earlier version wrote it.
enum EarlierFormatFile {
    /// Takes a store of the current format back: cells of a snapshot's row are gone that the format did not have.
    static func make(_ format: EarlierFormat, of path: String) throws {
        let dropped = format == .first ? ["last_save", "finds_deletes"] : ["last_save"]
        let kept = ["plan", "fingerprint", "finished", "is_complete", "finds_deletes"].filter { !dropped.contains($0) }
        let snapshot = StoreTable("snapshot", keys: ["sink", "namespace", "name"], values: kept)
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            var pipeline = try PipelineRow.read(from: database)
            let rows = try StoreFormat.snapshot.fetchAll(from: database)
            for column in dropped { try database.execute(sql: "ALTER TABLE snapshot DROP COLUMN \(column)") }
            for row in rows {
                pipeline.digest &-= StoreFormat.snapshot.checksum(of: row)
                let cells = Array(row.databaseValues.dropLast(1 + dropped.count))
                pipeline.digest &+= try snapshot.put(cells, to: database)
            }
            try pipeline.write(to: database)
            try database.execute(sql: "PRAGMA user_version = \(format.rawValue)")
        }
        try queue.close()
    }
}

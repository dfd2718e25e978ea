internal import Connector
internal import GRDB

/// The one row of the table `pipeline`: whose store it is, and the digest of everything else in it.
struct PipelineRow {
    var name: String
    var source: SourceIdentity?
    var epoch: UInt8 = 0
    /// Counts the saves.
    var generation: Int64 = 0
    var digest: UInt64 = 0

    init(name: String) {
        self.name = name
    }

    static func read(from database: Database) throws -> PipelineRow {
        guard let row = try StoreFormat.pipeline.fetch([1.databaseValue], from: database) else {
            throw StoreDamage.torn
        }
        var result = PipelineRow(name: try row.text("name"))
        result.source = try row.json("source")
        result.epoch = try UInt8(exactly: row.number("epoch")).orTorn()
        result.generation = try row.number("generation")
        result.digest = try row.bits("digest")
        return result
    }

    func write(to database: Database) throws {
        try StoreFormat.pipeline.put(
            [
                1.databaseValue, name.databaseValue, StoreCells.json(source), Int64(epoch).databaseValue,
                generation.databaseValue, Int64(bitPattern: digest).databaseValue,
            ], to: database)
    }
}

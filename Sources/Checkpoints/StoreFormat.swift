internal import Connector
internal import GRDB

/// The form of the file: what marks it as ours, and the tables in it.
enum StoreFormat {
    /// "MLRC": stands in the file's header, where `file` and SQLite show it.
    static let applicationID = 0x4D4C_5243
    /// The format that this version writes. Earlier ones are read and brought up to date at opening; a later one is
    /// refused, because what it means is not known here.
    static let current = 3

    /// Counts and checks everything: `digest` is the sum of the checksums of every row in every other table, so that a
    /// row which was lost, added or brought back from an older state of the file is noticed.
    static let pipeline = StoreTable(
        "pipeline", keys: ["one"], values: ["name", "source", "epoch", "generation", "digest"])
    static let sink = StoreTable("sink", keys: ["name"], values: ["commit_position", "end_position", "incarnation"])
    static let snapshot = StoreTable(
        "snapshot", keys: ["sink", "namespace", "name"],
        values: ["plan", "fingerprint", "finished", "is_complete", "finds_deletes", "last_save"])
    static let floor = StoreTable("floor", keys: ["sink", "mapping"], values: ["version"])
    static let parked = StoreTable(
        "parked", keys: ["number"],
        values: [
            "sink", "mapping", "namespace", "name", "version", "ordinal", "key", "reason", "commit_position", "kind",
            "envelope", "parked_at", "replayed_at",
        ])

    /// The tables whose rows the digest sums.
    static let summed = [sink, snapshot, floor, parked]

    static let schema = """
        CREATE TABLE pipeline (
            one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, source TEXT, epoch INTEGER NOT NULL,
            generation INTEGER NOT NULL, digest INTEGER NOT NULL, checksum INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE sink (
            name TEXT NOT NULL PRIMARY KEY, commit_position INTEGER, end_position INTEGER, incarnation TEXT,
            checksum INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE snapshot (
            sink TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, plan TEXT NOT NULL,
            fingerprint INTEGER NOT NULL, finished TEXT NOT NULL, is_complete INTEGER NOT NULL,
            finds_deletes INTEGER NOT NULL, last_save INTEGER NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (sink, namespace, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE floor (
            sink TEXT NOT NULL, mapping TEXT NOT NULL, version INTEGER NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (sink, mapping)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE parked (
            number INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, mapping TEXT NOT NULL,
            namespace TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, ordinal INTEGER NOT NULL,
            key TEXT NOT NULL, reason TEXT NOT NULL, commit_position INTEGER NOT NULL, kind INTEGER NOT NULL,
            envelope TEXT NOT NULL, parked_at INTEGER NOT NULL, replayed_at INTEGER, checksum INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX parked_place ON parked (sink, mapping, namespace, name, version, ordinal);
        """

    /// Writes an empty store for a pipeline.
    static func create(for pipeline: String, in database: Database) throws {
        try database.execute(sql: schema)
        try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        try database.execute(sql: "PRAGMA user_version = \(current)")
        try PipelineRow(name: pipeline).write(to: database)
    }

    /// Refuses a file that is not this pipeline's, of a later format, or damaged.
    ///
    /// - Returns: the file's format where it is an earlier one, which has to be brought up to date.
    static func verify(_ database: Database, of pipeline: String) throws -> EarlierFormat? {
        guard try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID else {
            throw StoreDamage.notAStore
        }
        let format = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard format <= current else { throw StoreDamage.laterFormat(format) }
        let earlier = EarlierFormat(rawValue: format)
        guard format == current || earlier != nil else { throw StoreDamage.unknownFormat(format) }
        guard try String.fetchAll(database, sql: "PRAGMA quick_check(1)") == ["ok"] else { throw StoreDamage.torn }
        let row = try PipelineRow.read(from: database)
        guard row.name == pipeline else { throw StoreDamage.ofAnotherPipeline(row.name) }
        var digest: UInt64 = 0
        for table in earlier?.summed ?? summed { digest &+= try table.sum(in: database) }
        guard digest == row.digest else { throw StoreDamage.torn }
        return earlier
    }
}

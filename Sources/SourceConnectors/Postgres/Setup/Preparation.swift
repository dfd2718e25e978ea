internal import Change
internal import Connector
internal import Logging
internal import PostgresClient

/// Brings the server to where a pipeline can stream from it, in steps that each leave it sound.
struct Preparation {
    let options: PostgresSourceOptions
    let tables: [TableName]
    let checkpoint: SourceCheckpoint?
    let logger: Logger

    /// Verifies or creates publications and slot. Returns nil where another process holds the slot: ask again later.
    @available(*, noasync)
    func run(on session: PostgresConnection) throws -> SourceStart? {
        let server = try ServerFacts.read(session)
        try Self.verify(server)
        let identity = SourceIdentity.postgres(server, slot: options.slot)
        if let checkpoint { try SlotGuard.verify(identity, against: checkpoint.identity) }
        var slot = try SlotFacts.read(options.slot, on: session)
        try SlotGuard.verify(
            slot, named: options.slot, database: server.database,
            resumingAt: checkpoint.map { LSN(rawValue: $0.progress.end) })
        if slot?.activeProcess != nil { return nil }
        let facts = try TableLookup.find(tables, in: options, on: session)
        try Self.verify(facts)
        let setup = PublicationSetup(options: options, logger: logger)
        let missing = try setup.missing(on: session)
        if checkpoint != nil {
            // Changes from before a publication cannot be read, so one that is made anew would hide a gap.
            if let name = missing.first { throw SlotGuard.missing(publication: name) }
        } else if let found = slot, !found.isUsable || !missing.isEmpty {
            try drop(found, on: session)
            slot = nil
        }
        try setup.ensure(facts, creating: missing, on: session)
        let confirmed = try slot.map { $0.confirmed ?? .zero } ?? createSlot(on: session)
        return SourceStart(
            identity: identity, progress: checkpoint?.progress ?? Self.progress(from: confirmed),
            tables: try SchemaReader.schemas(of: facts, in: options.publications, on: session))
    }

    /// Making a slot takes as long as the oldest transaction.
    private static let slotPatience = Duration.seconds(86_400)

    /// Streaming from a slot's confirmed position on: the first transaction may have its commit exactly there.
    static func progress(from confirmed: LSN) -> SourceProgress {
        SourceProgress(commit: confirmed.commitPositionBefore, end: confirmed.rawValue)
    }

    /// Drops a slot that nobody counts on and that cannot be read, before anything else is made.
    ///
    /// The server looks a publication up as of the time of each change, and stops where there was none. No slot can be
    /// moved past that safely: a transaction that is running has changes from before, and commits after.
    @available(*, noasync)
    private func drop(_ slot: SlotFacts, on session: PostgresConnection) throws {
        let reason = slot.isUsable ? "it is older than its publication" : "its log is gone"
        logger.notice("making the replication slot anew: \(reason)", metadata: ["slot": "\(slot.name)"])
        try FeedSlot.drop(slot.name, on: session)
    }

    @available(*, noasync)
    private func createSlot(on session: PostgresConnection) throws -> LSN {
        logger.info(
            "creating a replication slot; this waits for every transaction that is running now",
            metadata: ["slot": "\(options.slot)"])
        let result = try session.query(
            "SELECT lsn FROM pg_create_logical_replication_slot($1, 'pgoutput')", [options.slot],
            patience: Self.slotPatience)
        guard let point = result.scalar.flatMap({ LSN($0) }) else { throw CatalogError.noRow("slot") }
        return point
    }

    private static func verify(_ server: ServerFacts) throws {
        guard server.version >= 140_000 else {
            throw MillraceError(.sourceRejected, "PostgreSQL 14 or later is needed")
        }
        guard !server.isInRecovery else {
            throw MillraceError(.sourceRejected, "the server is a standby; point the url at the primary")
        }
        guard server.walLevel == "logical" else {
            throw MillraceError(
                .sourceRejected, "wal_level is \(server.walLevel): set it to logical and restart the server")
        }
    }

    private static func verify(_ tables: [TableFacts]) throws {
        for table in tables where !table.isCoverable {
            throw MillraceError(.sourceRejected, TableCoverage.reason(for: table), place: "\(table.table)")
        }
    }
}

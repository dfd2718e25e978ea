internal import Change
internal import Connector
internal import Logging
internal import PostgresClient
internal import Synchronization
internal import Threads

/// A PostgreSQL database, read by logical replication.
final class PostgresSource: ChangeSource {
    let options: PostgresSourceOptions
    let tables: [TableName]
    let logger: Logger
    /// For the catalog and for everything that is asked now and then.
    let control: QuerySession
    /// For re-reads by key, which must not wait for the catalog.
    let lookups: QuerySession
    let merge: SnapshotMerge
    let lookupTables = Mutex<[UInt64: LookupTable]>([:])
    private let state = Mutex(State())

    private struct State {
        /// The runs that are read now.
        var runs: [Int: SnapshotRun] = [:]
        var identity: SourceIdentity?
        var feeds: [Feed: FeedControl] = [:]
        /// Which table each name of the pipeline meant when it was prepared.
        var tableIDs: [TableName: UInt32] = [:]
    }

    init(options: PostgresSourceOptions, tables: [TableName], logger: Logger) {
        self.options = options
        self.tables = tables
        self.logger = logger
        var settings = options.settings
        // One question does not hold up all others behind somebody else's lock.
        settings.parameters["lock_timeout"] = "20s"
        control = QuerySession(name: "millrace-catalog", settings: settings)
        // A re-read by a column without an index reads the whole table.
        settings.patience = .seconds(600)
        lookups = QuerySession(name: "millrace-lookup", settings: settings)
        merge = SnapshotMerge(byteLimit: options.bufferBytes)
    }

    func describe(_ tables: [TableName]) async throws -> [TableSchema] {
        try await ask("reading the catalog") { [options] session in
            let facts = try TableLookup.find(tables, in: options, on: session)
            return try SchemaReader.schemas(of: facts, in: options.publications, on: session)
        }
    }

    func prepare(resumingFrom checkpoint: SourceCheckpoint?) async throws -> SourceStart {
        let preparation = Preparation(options: options, tables: tables, checkpoint: checkpoint, logger: logger)
        let start = try await SlotPatience(options: options, logger: logger).wait { [self] in
            try await ask("preparing the source") { try preparation.run(on: $0) }
        } holder: { [self] in
            try await ask("reading the slot") { [options] in try SlotFacts.read(options.slot, on: $0) }
        } patience: { [self] in
            try await ask("reading the settings") { try ServerFacts.read($0).walSenderTimeout }
        }
        state.withLock { state in
            state.identity = start.identity
            state.tableIDs = Dictionary(
                start.tables.map { ($0.table, UInt32(truncatingIfNeeded: $0.id)) },
                uniquingKeysWith: { first, _ in first })
        }
        return start
    }

    func acknowledge(_ progress: SourceProgress, of feed: Feed) {
        state.withLock { $0.feeds[feed] }?.acknowledge(LSN(rawValue: progress.end))
    }

    /// Asks the server something on the control session.
    func ask<Answer: Sendable>(
        _ doing: String, _ question: @escaping @Sendable (PostgresConnection) throws -> Answer
    ) async throws -> Answer {
        do {
            return try await control.run(question)
        } catch {
            throw PostgresFault.describe(error, doing: doing)
        }
    }

    /// The source that was prepared.
    func preparedIdentity() throws -> SourceIdentity {
        guard let identity = state.withLock({ $0.identity }) else {
            throw MillraceError(.invariant, "the source is used before it was prepared")
        }
        return identity
    }

    /// Which table each name of the pipeline means.
    var tableIDs: [TableName: UInt32] { state.withLock { $0.tableIDs } }

    /// The way to a feed's thread; what was acknowledged on an earlier one stays acknowledged.
    func openControl(of feed: Feed) throws -> FeedControl {
        try state.withLock { state in
            let control = try FeedControl(acknowledged: state.feeds[feed]?.acknowledged ?? .zero)
            state.feeds[feed] = control
            return control
        }
    }

    /// Takes note of a run that is read from now on, or no longer.
    func note(_ run: SnapshotRun?, number: Int) { state.withLock { $0.runs[number] = run } }

    func hindrance(ofRun run: Int) -> String? { state.withLock { $0.runs[run] }?.hindrance }

    func forget(_ feed: Feed) {
        state.withLock { $0.feeds[feed] = nil }
    }
}

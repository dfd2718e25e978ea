internal import Change
internal import Connector
internal import Logging
internal import MongoClient
internal import Synchronization
internal import Threads

/// A MongoDB replica set, read by change streams.
final class MongoDBSource: ChangeSource {
    let options: MongoDBSourceOptions
    let tables: [TableName]
    let logger: Logger
    let connections: ConnectionPool
    let merge: SnapshotMerge
    private let state = Mutex(State())

    /// What preparing found out.
    struct Prepared: Sendable {
        var identity: SourceIdentity
        var server: MongoServerFacts
        var collections: [CollectionFacts]
        var fields: FieldTable
    }

    private struct State {
        var prepared: Prepared?
        var acknowledged: UInt64?
    }

    init(options: MongoDBSourceOptions, tables: [TableName], logger: Logger) {
        self.options = options
        self.tables = tables
        self.logger = logger
        connections = ConnectionPool(settings: options.settings)
        merge = SnapshotMerge(byteLimit: options.bufferBytes)
    }

    func describe(_ tables: [TableName]) async throws -> [TableSchema] {
        try await connections.ask("reading the collections") { [options] connection in
            let facts = try CollectionFacts.find(tables, in: options, on: connection)
            let fields = try MongoPreparation.fields(of: facts, options, on: connection)
            return tables.compactMap { fields.schema(of: $0) }
        }
    }

    func prepare(resumingFrom checkpoint: SourceCheckpoint?) async throws -> SourceStart {
        let preparation = MongoPreparation(options: options, tables: tables, checkpoint: checkpoint)
        let (prepared, start) = try await connections.ask("preparing the source") { try preparation.run(on: $0) }
        state.withLock { state in
            state.prepared = prepared
            state.acknowledged = start.progress.commit
        }
        return start
    }

    func acknowledge(_ progress: SourceProgress, of feed: Feed) {
        guard feed == .main else { return }
        state.withLock { $0.acknowledged = max($0.acknowledged ?? 0, progress.commit) }
    }

    /// The highest position that every sink has durably; nil before the source was prepared.
    var acknowledged: UInt64? { state.withLock { $0.acknowledged } }

    /// The source that was prepared.
    func prepared() throws -> Prepared {
        guard let prepared = state.withLock({ $0.prepared }) else {
            throw MillraceError(.invariant, "the source is used before it was prepared")
        }
        return prepared
    }
}

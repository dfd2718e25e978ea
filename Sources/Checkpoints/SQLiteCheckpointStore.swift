public import Connector
internal import Change
internal import GRDB

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What one pipeline remembers, in one SQLite file.
///
/// The file is in write-ahead mode with `synchronous = FULL`: a save appends to the log and returns after one fsync,
/// where a rollback journal takes three, and a torn tail of the log is told by its frame checksums and left out. What
/// happens rarely (the source, its epoch, snapshots begun) is moved into the file itself at once, so that even a lost
/// log never makes a pipeline look as if it had never run.
///
/// Whoever opens a store holds the pipeline's ``PipelineLock`` for as long as the store lives. Safe from any thread;
/// every method blocks for local disk.
public final class SQLiteCheckpointStore: Sendable {
    /// The pipeline whose store it is.
    public let pipeline: String
    /// The store's file.
    public let path: String
    private let lock: PipelineLock
    private let queue: DatabaseQueue

    /// Opens a pipeline's store, or makes one where there is none.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `stateInUse` if another process runs the pipeline,
    ///   `stateForeign` for a file that is damaged, of another pipeline or of a later format, `stateUnavailable` if it
    ///   cannot be read or written.
    public init(folder: StateFolder, pipeline: String) throws {
        self.pipeline = pipeline
        path = folder.storePath(of: pipeline)
        try folder.create()
        lock = try PipelineLock(folder: folder, pipeline: pipeline)
        do {
            switch try StoreFile.find(at: path) {
            case .missing: try StoreFile.create(at: path, for: pipeline, in: folder)
            case .present: break
            }
            queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            if let earlier = try queue.read({ try StoreFormat.verify($0, of: pipeline) }) {
                try queue.write { try earlier.bringUpToDate($0) }
            }
        } catch {
            throw MillraceError(error, at: path)
        }
    }

    /// Moves everything into the file and closes it. The store must not be used afterwards.
    public func close() throws {
        moveLogIntoFile()
        do { try queue.close() } catch { throw MillraceError(error, at: path) }
    }

    /// Deletes the store with everything that belongs to it. The store must not be used afterwards.
    public func remove() throws {
        do { try queue.close() } catch { throw MillraceError(error, at: path) }
        for suffix in ["-wal", "-shm", ""] where unlink(path + suffix) != 0 && errno != ENOENT {
            throw SystemFailure.unavailable(path + suffix)
        }
        lock.removeFile()
    }

    /// Forgets how far these sinks have come: the next run begins them anew. That they were known stays remembered,
    /// so that the run looks for what the source no longer has.
    public func reset(sinks: Set<String>) throws {
        try change { transaction in try transaction.reset(sinks: sinks) }
        moveLogIntoFile()
    }

    /// Forgets the source and how far every sink has come, these and all that are known, because positions may go
    /// back. The epoch rises, so that whatever is written from now on is newer than all that stands in the sinks.
    ///
    /// - Parameter epoch: the highest epoch that a sink's marker names; the new one is above it and the store's own.
    /// - Returns: the new epoch.
    /// - Throws: ``Connector/MillraceError`` with the code `epochSpent` where there is none left; nothing is changed.
    @discardableResult
    public func reset(sinks: Set<String>, above epoch: UInt8) throws -> UInt8 {
        let risen = try change { transaction in
            let risen = try transaction.raiseEpoch(above: epoch)
            try transaction.reset(sinks: sinks.union(transaction.knownSinks()))
            return risen
        }
        moveLogIntoFile()
        return risen
    }

    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do { return try queue.read(body) } catch { throw MillraceError(error, at: path) }
    }

    /// Runs one durable transaction: all of it or nothing.
    func change<Result>(_ body: (inout StoreTransaction) throws -> Result) throws -> Result {
        do {
            return try queue.write { database in
                var transaction = try StoreTransaction(in: database)
                let result = try body(&transaction)
                try transaction.finish()
                return result
            }
        } catch {
            throw MillraceError(error, at: path)
        }
    }

    /// Everything is durable in the log already, so a failure here changes nothing but where it stands.
    private func moveLogIntoFile() {
        _ = try? queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        configuration.label = "millrace.checkpoints"
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        }
        return configuration
    }
}

extension SQLiteCheckpointStore: CheckpointStore {
    public func load() throws -> PipelineState {
        try read { database in
            var state = PipelineState()
            let row = try PipelineRow.read(from: database)
            state.source = row.source
            state.epoch = row.epoch
            try StoreTransaction.readSinks(into: &state, from: database)
            return state
        }
    }

    /// - Throws: ``Connector/MillraceError`` with the code `stateUnavailable` if it could not be made durable: the
    ///   state is what it was, and a later save may succeed; or `invariant` for an epoch that would go back, or
    ///   a position that would do so without a higher epoch or another incarnation of the sink.
    public func save(_ update: StateUpdate) throws {
        guard !update.isEmpty else { return }
        try change { transaction in try transaction.apply(update) }
        if update.source != nil || update.epoch != nil || !update.snapshotsBegun.isEmpty
            || !update.snapshotsLost.isEmpty
        {
            moveLogIntoFile()
        }
    }

    public func park(_ changes: [ParkedChange]) throws {
        guard !changes.isEmpty else { return }
        try change { transaction in
            for change in changes { try transaction.park(change) }
        }
    }
}

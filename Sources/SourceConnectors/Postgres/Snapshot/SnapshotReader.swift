internal import Change
internal import Connector
internal import Logging
internal import PostgresClient
internal import Threads

/// Reads chunks of a run, one after another, on a thread and a session of its own.
final class SnapshotReader {
    private let run: SnapshotRun
    private let options: PostgresSourceOptions
    private let merge: SnapshotMerge
    private let barrier: UInt64
    private let logger: Logger
    private let wake: WakeDescriptor
    private let interrupt: ConnectionInterrupt
    private var session: PostgresConnection?
    private var schemas = SchemaReader()
    private var schema: TableSchema?
    private var lastWarning: ContinuousClock.Instant?
    /// When the chunk that is read now began to wait for somebody else.
    private var waitingSince: ContinuousClock.Instant?

    /// - Parameter barrier: B: a transaction number drawn after P was read and after the merge began to note deliveries.
    init(
        _ run: SnapshotRun, options: PostgresSourceOptions, merge: SnapshotMerge, barrier: UInt64, logger: Logger
    ) throws {
        self.run = run
        self.options = options
        self.merge = merge
        self.barrier = barrier
        self.logger = logger
        (wake, interrupt) = try run.makeInterrupt()
    }

    /// Reads chunks until none is left; connects again after whatever passes.
    @available(*, noasync)
    func readAll() throws {
        while let chunk = run.chunks.next() {
            // What is waited for mostly ends by itself, and nobody wants to wait much longer than it takes.
            var backoff = Backoff(cap: .seconds(5))
            waitingSince = nil
            while !(try attempt(chunk, &backoff)) {}
        }
    }

    /// Tries to read a chunk; false when it has to be tried again.
    @available(*, noasync)
    private func attempt(_ chunk: Int, _ backoff: inout Backoff) throws -> Bool {
        do {
            try merge.waitForRoom(in: run.number) { interrupt.isRaised }
            let session = try openSession()
            if try read(chunk, on: session) {
                run.note(nil, of: chunk)
                return true
            }
            if session.isInTransaction { try session.execute("ROLLBACK") }
            try rest(for: backoff.next(random: .random(in: 0..<1)))
            return false
        } catch let error as PostgresError where error.code == .lockNotAvailable {
            if let session {
                if session.isInTransaction { try session.execute("ROLLBACK") }
                note(try ChunkHindrance.lock(on: run.plan.tableID, session), of: chunk)
            }
            try rest(for: .milliseconds(100))
            return false
        } catch let error where PostgresFault.isPassing(error) {
            session = nil
            logger.warning(
                "reading a chunk was interrupted; it is read again",
                metadata: ["table": "\(run.plan.table)", "chunk": "\(chunk)", "reason": "\(error)"])
            try rest(for: backoff.next(random: .random(in: 0..<1)))
            return false
        } catch {
            throw PostgresFault.describe(error, doing: "reading a table", place: "\(run.plan.table)")
        }
    }

    /// Reads a chunk in a transaction of its own. Returns whether the chunk was handed over; if not, the transaction
    /// may be open.
    @available(*, noasync)
    private func read(_ chunk: Int, on session: PostgresConnection) throws -> Bool {
        guard let table = try TableFacts.read(id: UInt32(truncatingIfNeeded: run.plan.tableID), on: session) else {
            throw void(.gone)
        }
        let opened = merge.open(
            table: run.plan.tableID, keyColumns: OverlapKey.columns(of: table), commit: run.plan.commit)
        defer { merge.close(opened.chunk) }
        guard try begin(on: table, session) else { return false }
        let (look, facts) = try self.look(on: session)
        var machine = SnapshotChunkMachine(barrier: barrier, storage: run.ranges.storage)
        var action = machine.looked(look, mustSee: opened.mustSee)
        merge.prune(seenBy: look.snapshot)
        // What the snapshot sees was inserted before.
        if run.purpose == .audit { merge.hold(opened.chunk, until: look.inserted.commitPositionBefore) }
        while true {
            switch action {
            case .retake(let reason):
                try explain(reason, of: chunk, on: session)
                return false
            case .void(let reason): throw void(reason)
            case .awaitFlush(let target):
                action = machine.flushed(to: try awaitFlush(of: target, on: session))
            case .read:
                run.note(nil, of: chunk)
                // A rename since the lock leaves the look with another name than the one that was locked.
                guard let facts, facts.table == table.table else { return false }
                guard OverlapKey.columns(of: facts) == OverlapKey.columns(of: table) else { return false }
                return try copy(chunk, of: facts, as: opened.chunk, on: session)
            }
        }
    }

    /// Begins the transaction with the lock, which comes before the snapshot: whatever wrote the table anew has then
    /// ended, and is seen. Returns false where the table has another name by now.
    @available(*, noasync)
    private func begin(on table: TableFacts, _ session: PostgresConnection) throws -> Bool {
        try session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL row_security = off")
        do {
            try session.execute("LOCK TABLE \(try table.from()) IN ACCESS SHARE MODE")
            return true
        } catch let error as PostgresError where error.code == .undefinedTable {
            return false
        }
    }

    /// Takes the transaction's snapshot with its first query.
    @available(*, noasync)
    private func look(on session: PostgresConnection) throws -> (SnapshotChunkMachine.Look, TableFacts?) {
        let result = try session.query(
            "SELECT pg_current_snapshot(), pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn()")
        guard let row = result.rows.first else { throw CatalogError.noRow("snapshot") }
        var cells = CellReader(row)
        guard let snapshot = TransactionSnapshot(try cells.text()) else {
            throw CatalogError.unexpectedValue(column: 0)
        }
        let facts = try TableFacts.read(id: UInt32(truncatingIfNeeded: run.plan.tableID), on: session)
        let look = SnapshotChunkMachine.Look(
            snapshot: snapshot, inserted: try cells.lsn(), flushed: try cells.lsn(), storage: facts?.storage)
        return (look, facts)
    }

    /// Reads the rows and queues them. Returns whether all of them were handed over.
    @available(*, noasync)
    private func copy(_ chunk: Int, of facts: TableFacts, as id: Int, on session: PostgresConnection) throws -> Bool {
        let member = try PublicationFacts.member(facts, of: options.publications, on: session)
        let schema = try currentSchema(facts, member, on: session)
        let statement = try CopyStatement.text(
            facts, columns: schema.columns.map(\.name), filter: member?.rowFilter,
            range: try run.ranges.condition(ofChunk: chunk))
        let single = run.ranges.keys(ofChunk: chunk)
        var rows = ChunkRows(run: run, chunk: chunk, schema: schema)
        do {
            try session.copyOut(statement) { line in
                try rows.append(line)
                // Which single rows are gone is known when all were read; there are few of them.
                guard single == nil, BatchSize.isFull(count: rows.count, bytes: rows.byteCount) else { return }
                guard try merge.put(rows.take(isLast: false), of: id, isStopped: { interrupt.isRaised }) else {
                    throw ChunkSpoiled()
                }
            }
        } catch is ChunkSpoiled {
            return false
        }
        try session.execute("COMMIT")
        if let single {
            rows.appendDeletes(of: single.keys, columns: single.columns.compactMap { schema.index(of: $0.name) })
        }
        guard try merge.put(rows.take(isLast: true), of: id, isStopped: { interrupt.isRaised }) else { return false }
        return try merge.waitUntilFinished(id) { interrupt.isRaised }
    }

    private func currentSchema(
        _ facts: TableFacts, _ member: PublicationFacts.Member?, on session: PostgresConnection
    ) throws -> TableSchema {
        let fresh = try schemas.schema(of: facts, published: member?.columns, on: session)
        // One schema object for all batches, as long as nothing changes.
        if let schema, schema.fingerprint == fresh.fingerprint { return schema }
        schema = fresh
        return fresh
    }

    @available(*, noasync)
    private func openSession() throws -> PostgresConnection {
        if let session { return session }
        var settings = options.settings
        // Whoever waits for a lock for long says whose it is.
        settings.parameters["lock_timeout"] = "3s"
        let session = try PostgresConnection(settings, interrupt: interrupt)
        let server = try ServerFacts.read(session)
        try SlotGuard.verify(.postgres(server, slot: options.slot), against: run.identity)
        self.session = session
        return session
    }

    /// Waits for the log to be flushed, and has it flushed where nothing else does.
    @available(*, noasync)
    private func awaitFlush(of target: LSN, on session: PostgresConnection) throws -> LSN {
        var nudge: PostgresConnection?
        for round in 0... {
            let flushed = try session.query("SELECT pg_current_wal_flush_lsn()").scalar.flatMap { LSN($0) } ?? .zero
            if flushed >= target { return flushed }
            if round > 0, round.isMultiple(of: 20) {
                // The tail of the log is written out when a transaction commits, and nobody else commits one.
                let session = try nudge ?? PostgresConnection(options.settings, interrupt: interrupt)
                _ = try session.query("SELECT pg_current_xact_id()")
                nudge = session
            }
            try rest(for: .milliseconds(5))
        }
        return .zero
    }

    /// Finds out what a chunk waits for.
    @available(*, noasync)
    private func explain(
        _ reason: SnapshotChunkMachine.Reason, of chunk: Int, on session: PostgresConnection
    ) throws {
        switch reason {
        case .olderTransaction: note(try ChunkHindrance.oldestTransaction(on: session), of: chunk)
        case .invisible: note(ChunkHindrance.invisible, of: chunk)
        }
    }

    /// Says now and then what a chunk waits for.
    private func note(_ hindrance: String, of chunk: Int) {
        run.note(hindrance, of: chunk)
        let now = ContinuousClock.now
        waitingSince = waitingSince ?? now
        guard waitingSince.map({ $0.duration(to: now) > .seconds(5) }) ?? false else { return }
        if let lastWarning, lastWarning.duration(to: now) < .seconds(30) { return }
        lastWarning = now
        logger.warning("reading a table waits: \(hindrance)", metadata: ["table": "\(run.plan.table)"])
    }

    private func void(_ reason: SnapshotChunkMachine.VoidReason) -> MillraceError {
        switch reason {
        case .gone:
            MillraceError(
                .sourceRejected, "the table was dropped while it was read; restart the pipeline if it exists again",
                place: "\(run.plan.table)")
        case .rewritten:
            MillraceError(
                .snapshotVoid, "the table was written anew while it was read; it is read from the beginning",
                place: "\(run.plan.table)")
        }
    }

    private func rest(for duration: Duration) throws {
        let deadline = ContinuousClock.now + duration
        repeat {
            _ = wake.wait(forSocket: -1, timeout: max(.zero, ContinuousClock.now.duration(to: deadline)))
            if interrupt.isRaised { throw CancellationError() }
        } while ContinuousClock.now < deadline
    }
}

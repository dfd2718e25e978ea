import Change
import Connector
import Testing
import Threads

@testable import SourceConnectors

/// Transactions held open at each awkward instant of a snapshot, on a real server.
@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(3))) struct SnapshotRaceTests {
    private static let rows = """
        CREATE TABLE t (id int PRIMARY KEY, a text);
        INSERT INTO t SELECT n, 'old' FROM generate_series(1, 300) n
        """
    private static let options: [String: OptionValue] = ["chunk_rows": .integer(100)]

    /// A write whose commit waits for a standby that does not exist: it is in the log and not visible.
    private func commitInvisibly(
        _ sql: String, on server: PrivateServer, _ database: Database, session: Int
    ) async throws -> Task<Void, any Error> {
        try await server.set("synchronous_standby_names", "missing")
        try await database.wait(
            until: "SELECT current_setting('synchronous_standby_names') = 'missing'", session: session)
        return Task { try await database.execute(sql, session: session) }
    }

    @Test func aCommitThatIsDeliveredAndNotYetVisibleIsWaitedFor() async throws {
        try await PrivateServer.with { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute(Self.rows)
                try await Running.stream(database, ["public.t"], options: Self.options) { running in
                    // Older than the run: keeps the chunks waiting until the awkward commit is there.
                    try await database.execute("SET synchronous_commit = local", session: 1)
                    try await database.execute("BEGIN", session: 1)
                    _ = try await database.query("SELECT pg_current_xact_id()", session: 1)
                    let snapshot = Task { try await running.snapshot("public.t") }
                    // The run's B is drawn once a chunk was looked at and put back.
                    try await database.wait(
                        until: """
                            SELECT EXISTS (SELECT FROM pg_stat_activity
                                WHERE application_name = 'millrace test' AND query = 'ROLLBACK')
                            """, session: 2)
                    let update = try await commitInvisibly(
                        "UPDATE t SET a = 'new' WHERE id = 5", on: server, database, session: 3)
                    let delivered = try await running.recorder.wait { !$0.streamed.isEmpty }
                    #expect(delivered.read.isEmpty)
                    // A chunk that was opened before the delivery may be read: the stream overtakes its rows. Let it be put back.
                    _ = try await database.query("SELECT pg_sleep(0.3)", session: 2)
                    try await database.execute("COMMIT", session: 1)
                    // Long enough for many attempts at the chunks; none may succeed.
                    _ = try await database.query("SELECT pg_sleep(0.5)", session: 2)
                    #expect(running.recorder.record.read.isEmpty)
                    try await server.set("synchronous_standby_names", "")
                    try await update.value
                    _ = try await snapshot.value
                    // Handed over is not yet recorded.
                    let record = try await running.recorder.wait { $0.read.count + $0.superseded == 300 }
                    #expect(record.table("public.t")[["5"]] == ["5", "new"])
                }
            }
        }
    }

    @Test func aTransactionOlderThanTheRunIsWaitedForAndItsRowsAreThere() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.rows)
            // An open transaction would also hold up the slot, which has to exist before.
            _ = try await Running.makeSource(database, [Running.name("public.t")]).prepare(resumingFrom: nil)
            try await database.execute("BEGIN; INSERT INTO t VALUES (1000, 'held')", session: 1)
            try await Running.stream(database, ["public.t"], options: Self.options) { running in
                let snapshot = Task { try await running.snapshot("public.t") }
                try await database.execute("UPDATE t SET a = 'new' WHERE id = 7")
                _ = try await running.recorder.wait { !$0.streamed.isEmpty }
                _ = try await database.query("SELECT pg_sleep(0.3)")
                #expect(running.recorder.record.read.isEmpty)
                try await database.execute("COMMIT", session: 1)
                _ = try await snapshot.value
                try await converged(running, database)
            }
        }
    }

    @Test func whatAChunkWaitsForIsNamed() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.rows)
            _ = try await Running.makeSource(database, [Running.name("public.t")]).prepare(resumingFrom: nil)
            try await database.execute("BEGIN", session: 1)
            _ = try await database.query("SELECT pg_current_xact_id()", session: 1)
            let holder = try #require(try await database.scalar("SELECT pg_backend_pid()", session: 1))
            try await Running.stream(database, ["public.t"], options: Self.options) { running in
                let plan = try await running.source.planSnapshot(of: Running.name("public.t"))
                let reading = Task {
                    try await running.source.runSnapshot(plan, run: 1, skipping: [], for: .audit)
                }
                func hindrance(has words: String...) async throws {
                    let deadline = ContinuousClock.now + .seconds(30)
                    while true {
                        let text = running.source.hindrance(ofRun: 1) ?? ""
                        if words.allSatisfy(text.contains) { return }
                        try #require(.now < deadline, "\(text)")
                        _ = try await database.query("SELECT pg_sleep(0.05)")
                    }
                }
                try await hindrance(has: "server process \(holder) (idle in transaction), open for", "has not ended")
                // The transaction ends and another session has the table for itself.
                try await database.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE", session: 2)
                let locker = try #require(try await database.scalar("SELECT pg_backend_pid()", session: 2))
                try await database.execute("COMMIT", session: 1)
                try await hindrance(has: "server process \(locker)", "exclusive lock on the table")
                try await database.execute("COMMIT", session: 2)
                try await reading.value
                #expect(running.source.hindrance(ofRun: 1) == nil)
                _ = try await running.recorder.wait { $0.read.count + $0.superseded >= 300 }
            }
        }
    }

    @Test func aTransactionAcrossAllChunksComesWithTheStream() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.rows)
            try await Running.stream(database, ["public.t"], options: Self.options) { running in
                let plan = try await running.source.planSnapshot(of: Running.name("public.t"))
                // Younger than P, so the chunks go on without it; it holds keys of all of them.
                try await running.source.runSnapshot(plan, run: 1, skipping: [1, 2])
                try await database.execute(
                    "BEGIN; UPDATE t SET a = 'late' WHERE id % 50 = 0; UPDATE t SET id = 999 WHERE id = 250", session: 1
                )
                let rest = Task { try await running.source.runSnapshot(plan, run: 1, skipping: [0]) }
                try await database.execute("COMMIT", session: 1)
                try await rest.value
                _ = try await running.recorder.wait { $0.chunksFinished == [0, 1, 2] }
                try await converged(running, database)
            }
        }
    }

    @Test(arguments: [
        "ALTER TABLE t ALTER COLUMN a TYPE varchar(20) USING upper(a)", "VACUUM FULL t", "TRUNCATE t",
        "ALTER TABLE t ADD COLUMN r float DEFAULT random()",
    ])
    func aTableThatIsWrittenAnewVoidsThePlan(_ statement: String) async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.rows)
            try await Running.stream(database, ["public.t"], options: Self.options) { running in
                let plan = try await running.source.planSnapshot(of: Running.name("public.t"))
                try await database.execute(statement)
                let error = await #expect(throws: MillraceError.self) {
                    try await running.source.runSnapshot(plan, run: 1, skipping: [])
                }
                #expect(error?.code == .snapshotVoid)
                #expect(running.recorder.record.read.isEmpty)
                try await running.snapshot("public.t", run: 2)
                try await converged(running, database)
            }
        }
    }

    @Test func aRewriteWaitsForAChunkAndAChunkForARewrite() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.rows)
            try await Running.stream(database, ["public.t"], options: Self.options) { running in
                let plan = try await running.source.planSnapshot(of: Running.name("public.t"))
                try await database.execute(
                    "BEGIN; ALTER TABLE t ALTER COLUMN a TYPE varchar USING 'x' || a", session: 1)
                let run = Task { try await running.source.runSnapshot(plan, run: 1, skipping: []) }
                // The chunk stands at the lock: its snapshot comes after the rewrite's end, and sees it.
                try await database.wait(
                    until: """
                        SELECT count(*) > 0 FROM pg_locks WHERE relation = 't'::regclass AND NOT granted
                            AND mode = 'AccessShareLock'
                        """, session: 2)
                try await database.execute("COMMIT", session: 1)
                let error = await #expect(throws: MillraceError.self) { try await run.value }
                #expect(error?.code == .snapshotVoid)
                #expect(running.recorder.record.read.isEmpty)
            }
        }
    }

    @Test func rowSecurityIsARefusalAndNeverFewerRows() async throws {
        try await PrivateServer.with { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute(
                    """
                    CREATE ROLE reader LOGIN REPLICATION; GRANT ALL ON DATABASE \(database.name) TO reader;
                    GRANT ALL ON SCHEMA public TO reader; SET ROLE reader;
                    CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'seen'), (2, 'hidden');
                    CREATE POLICY p ON t USING (a = 'seen'); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
                    ALTER TABLE t FORCE ROW LEVEL SECURITY
                    """)
                let reader = Database(
                    name: database.name, url: database.url.replacing("postgres@", with: "reader@"))
                try await Running.stream(reader, ["public.t"]) { running in
                    let error = await #expect(throws: MillraceError.self) { try await running.snapshot("public.t") }
                    #expect(error?.code == .sourceRejected)
                    #expect(running.recorder.record.read.isEmpty)
                }
            }
        }
    }

    @Test func aTableIsPublishedWhileAWriterIsInFlight() async throws {
        try await Lab.withDatabase { database in
            try await database.execute("CREATE TABLE first (id int PRIMARY KEY); " + Self.rows)
            _ = try await Running.makeSource(database, [Running.name("public.first")]).prepare(resumingFrom: nil)
            try await database.execute("BEGIN; UPDATE t SET a = 'before' WHERE id < 10", session: 1)
            try await Running.stream(database, ["public.first", "public.t"], options: Self.options) { running in
                let snapshot = Task { try await running.snapshot("public.t") }
                try await database.execute(
                    "UPDATE t SET a = 'after' WHERE id BETWEEN 5 AND 15; INSERT INTO t VALUES (500, 'after'); COMMIT",
                    session: 1)
                _ = try await snapshot.value
                try await converged(running, database)
            }
        }
    }

    /// Makes sure that what was handed over, in its order, makes the table, with and without a version guard.
    private func converged(
        _ running: Running, _ database: Database, sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        try await Convergence.check(
            running, database, table: "public.t", keyColumns: 1, columns: "*", sourceLocation: sourceLocation)
    }
}

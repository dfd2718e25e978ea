import Foundation
import PostgresClient
import Synchronization
import Testing
import Threads

@Suite(.enabled(if: Lab.isEnabled))
struct PostgresConnectionTests {
    @Test func aQueryBindsItsParametersAndKeepsNullApartFromEmpty() async throws {
        try await Lab.withConnection { connection throws in
            let result = try connection.query("SELECT $1::text AS a, $2::text AS b, $3::int4 AS c", ["it's", nil, "7"])
            #expect(result.rows == [["it's", nil, "7"]])
            #expect(result.columns.map(\.name) == ["a", "b", "c"])
            #expect(result.columns.map(\.type) == [25, 25, 23])
            #expect(try connection.query("SELECT ''").scalar == "")
            #expect(connection.serverVersion >= 140_000)
        }
    }

    @Test func whatTheTextOfValuesDependsOnIsPinned() async throws {
        var settings = try Lab.settings
        settings.parameters["work_mem"] = "1MB"
        settings.parameters["test.note"] = "a value with \\ and blanks"
        let row = try await Lab.onThread { [settings] in
            try PostgresConnection(settings).query(
                """
                SELECT '2024-02-29 12:00:00+02'::timestamptz, 'infinity'::date, '1 year -2 days 3 seconds'::interval,
                    0.1::float8 + 0.2::float8, '\\xDEAD'::bytea, 12.5::money, 'pg_class'::regclass,
                    current_setting('search_path'), current_setting('work_mem'),
                    current_setting('default_transaction_isolation'), current_setting('client_encoding'),
                    current_setting('test.note')
                """
            ).rows[0]
        }
        #expect(
            row == [
                "2024-02-29 10:00:00+00", "infinity", "P1Y-2DT3S", "0.30000000000000004", "\\xdead", "$12.50",
                "pg_class", "", "1MB", "read committed", "UTF8",
                "a value with \\ and blanks",
            ])
    }

    @Test func anErrorCarriesItsCodeAndNeverTheValue() async throws {
        try await Lab.withConnection { connection throws in
            let error = try #require(throws: PostgresError.self) { try connection.query("SELECT 'secret'::int4") }
            #expect(error.kind == .server)
            #expect(error.code == SQLState(rawValue: "22P02"))
            #expect(error.severity == "ERROR")
            #expect(!error.description.contains("secret"))
            let unknown = try #require(throws: PostgresError.self) { try connection.query("SELECT FROM no_such_table") }
            #expect(unknown.code == .undefinedTable)
            #expect(unknown.description == "relation \"no_such_table\" does not exist (SQLSTATE 42P01)")
            #expect(try connection.query("SELECT 1").scalar == "1")
        }
    }

    @Test func copyOutHandsOverEachLineAndBoundsMemoryByTheLongest() async throws {
        try await Lab.withConnection { connection throws in
            var lines: [String] = []
            try connection.copyOut("COPY (VALUES (1, NULL), (2, E'a\\tb\\n')) TO STDOUT") { line in
                lines.append(line.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
            }
            #expect(lines == ["1\t\\N", "2\ta\\tb\\n"])
            var count = 0
            try connection.copyOut("COPY (SELECT generate_series(1, 200000)) TO STDOUT") { _ in count += 1 }
            #expect(count == 200_000)
        }
    }

    @Test func anErrorInTheMiddleOfACopyLeavesTheSessionUsable() async throws {
        struct Enough: Error {}
        try await Lab.withConnection { connection throws in
            #expect(throws: Enough.self) {
                try connection.copyOut("COPY (SELECT generate_series(1, 100000000)) TO STDOUT") { _ in throw Enough() }
            }
            #expect(try connection.query("SELECT 1").scalar == "1")
            let failure = #expect(throws: PostgresError.self) {
                try connection.copyOut("COPY (SELECT 1 / (3 - g) FROM generate_series(1, 9) g) TO STDOUT") { _ in }
            }
            #expect(failure?.code == SQLState(rawValue: "22012"))
            #expect(throws: PostgresError.self) { try connection.copyOut("SELECT 1") { _ in } }
            #expect(try connection.query("SELECT 2").scalar == "2")
        }
    }

    @Test func anInterruptEndsAStatementFromAnotherThreadAndOnTheServer() async throws {
        let settings = try Lab.settings
        let interrupt = ConnectionInterrupt(wake: try WakeDescriptor())
        let process = Mutex<Int?>(nil)
        async let outcome = Lab.onThread { () throws -> [PostgresError.Kind] in
            let connection = try PostgresConnection(settings, interrupt: interrupt)
            process.withLock { $0 = connection.backendProcess }
            let running = #expect(throws: PostgresError.self) { _ = try connection.query("SELECT pg_sleep(600)") }
            let next = #expect(throws: PostgresError.self) { try connection.execute("SELECT 1") }
            return [running, next].compactMap { $0?.kind }
        }
        try await Lab.withConnection { observer in
            let active = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1::int4 AND query ~ '^SELECT pg_sleep'"
            let deadline = ContinuousClock.now + .seconds(20)
            var isRunning = false
            while !isRunning, .now < deadline {
                guard let pid = process.withLock({ $0 }) else { continue }
                isRunning = try observer.query(active, [String(pid)]).scalar == "1"
            }
            #expect(isRunning)
            interrupt.raise()
        }
        let kinds = try await outcome
        #expect(kinds == [.interrupted, .interrupted])
        let pid = try #require(process.withLock { $0 })
        try await Lab.withConnection { observer in
            let deadline = ContinuousClock.now + .seconds(20)
            var isGone = false
            while !isGone, .now < deadline {
                isGone = try observer.query("SELECT FROM pg_stat_activity WHERE pid = $1::int4", [String(pid)]).rows
                    .isEmpty
            }
            #expect(isGone)
        }
    }

    @Test func aTerminatedSessionIsALostConnection() async throws {
        let settings = try Lab.settings
        try await Lab.onThread {
            let victim = try PostgresConnection(settings)
            let killer = try PostgresConnection(settings)
            _ = try killer.query("SELECT pg_terminate_backend($1::int4, 20000)", [String(victim.backendProcess)])
            let error = try #require(throws: PostgresError.self) { try victim.query("SELECT 1") }
            #expect(error.kind == .connectionLost)
        }
    }

    @Test func refusalsAreToldApart() async throws {
        let url = try Lab.settings.connectionString
        try await Lab.onThread {
            func failure(_ connectionString: String) throws -> PostgresError {
                try #require(throws: PostgresError.self) {
                    _ = try PostgresConnection(ConnectionSettings(connectionString, connectTimeout: .seconds(5)))
                }
            }
            #expect(try failure("postgresql://nobody@127.0.0.1:1/none").kind == .unreachable)
            let unknownDatabase = try failure(url + "_missing_database")
            #expect(unknownDatabase.kind == .configuration)
            #expect(unknownDatabase.code == .invalidCatalogName)
            let unknownRole = try failure(url.replacing("postgres@", with: "missing_role@"))
            #expect(unknownRole.kind == .authentication)
            for misread in ["postgresql://user:hunter2@host:port:1/x", "postgresql://u:pw@hunter2@host/x", "hunter2"] {
                let error = try failure(misread)
                #expect(error.kind == .configuration)
                #expect(!error.description.contains("hunter2"))
            }
            #expect(try failure(url + "?sslmode=hopeful").kind == .configuration)
            let withoutPassword = try failure(url.replacing("postgres@", with: "lab_password@"))
            #expect(withoutPassword.kind == .authentication)
        }
    }

    @Test func theNextHostIsTriedWhenOneDoesNotAnswer() async throws {
        let url = try #require(URL(string: try Lab.settings.connectionString))
        let port = try #require(url.port)
        let settings = ConnectionSettings(
            "host=127.0.0.1,127.0.0.1 port=1,\(port) user=postgres dbname=\(url.lastPathComponent)")
        let one = try await Lab.onThread { try PostgresConnection(settings).query("SELECT 1").scalar }
        #expect(one == "1")
    }

    @Test func aServerThatNeverAnswersIsLeftForTheNextHost() async throws {
        let url = try #require(URL(string: try Lab.settings.connectionString))
        let port = try #require(url.port)
        let silent = try SilentServer()
        let both = ConnectionSettings(
            "host=127.0.0.1,127.0.0.1 port=\(silent.port),\(port) user=postgres dbname=\(url.lastPathComponent)",
            connectTimeout: .seconds(1))
        let alone = ConnectionSettings(
            "host=127.0.0.1 port=\(silent.port) user=postgres dbname=x", connectTimeout: .seconds(1))
        try await Lab.onThread {
            let one = try PostgresConnection(both).query("SELECT 1").scalar
            #expect(one == "1")
            let error = #expect(throws: PostgresError.self) { _ = try PostgresConnection(alone) }
            #expect(error?.kind == .timeout)
        }
        withExtendedLifetime(silent) {}
    }

    @Test func anInterruptEndsConnecting() async throws {
        let silent = try SilentServer()
        let interrupt = ConnectionInterrupt(wake: try WakeDescriptor())
        let settings = ConnectionSettings("host=127.0.0.1 port=\(silent.port) user=u dbname=x connect_timeout=0")
        async let kind = Lab.onThread {
            #expect(throws: PostgresError.self) { _ = try PostgresConnection(settings, interrupt: interrupt) }?.kind
        }
        DedicatedThread.start(name: "interrupter") { interrupt.raise() }
        let ended = try await kind
        #expect(ended == .interrupted)
        withExtendedLifetime(silent) {}
    }
}

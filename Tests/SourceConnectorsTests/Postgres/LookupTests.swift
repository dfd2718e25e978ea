import Change
import Connector
import Testing

@testable import SourceConnectors

/// Re-reads by key.
@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(2))) struct LookupTests {
    private func schema(_ source: PostgresSource) async throws -> TableSchema {
        try #require(try await source.describe([Running.name("public.t")]).first)
    }

    @Test func rowsComeInTheOrderOfTheirKeysAndExactly() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                """
                CREATE TABLE t (a text, b numeric, at timestamptz, raw bytea, g int GENERATED ALWAYS AS (1) STORED,
                    PRIMARY KEY (a, b));
                INSERT INTO t VALUES ('x,"\\y', 1.50, '2020-01-01 12:00+02', '\\x00ff'), ('{}', 'NaN', 'infinity', NULL)
                """)
            let source = try Running.makeSource(database, [Running.name("public.t")])
            let schema = try await schema(source)
            #expect(schema.columns.map(\.name) == ["a", "b", "at", "raw"])
            let result = try await source.lookup(
                LookupRequest(
                    schema: schema, keyColumns: [0, 1], keys: [["{}", "NaN"], ["none", "1"], ["x,\"\\y", "1.5"]],
                    transactions: []))
            #expect(result.rows.map(\.count) == [1, 0, 1])
            #expect((0..<4).map { result.rows[0][0].text($0) } == ["{}", "NaN", "infinity", nil])
            #expect(
                (0..<4).map { result.rows[2][0].text($0) } == ["x,\"\\y", "1.50", "2020-01-01 10:00:00+00", "\\x00ff"])
        }
    }

    @Test func moreKeysThanOneStatementTakesAreAskedForInParts() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(2, 3000, 2)")
            let source = try Running.makeSource(database, [Running.name("public.t")])
            let result = try await source.lookup(
                LookupRequest(
                    schema: try await schema(source), keyColumns: [0], keys: (1...3000).map { [String($0)] },
                    transactions: []))
            #expect(result.rows.map(\.count) == (1...3000).map { $0.isMultiple(of: 2) ? 1 : 0 })
        }
    }

    @Test func aRowIsNotReadBeforeTheTransactionThatAsksForItIsVisible() async throws {
        try await PrivateServer.with { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute(
                    "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'old')")
                try await Running.stream(database, ["public.t"]) { running in
                    try await server.set("synchronous_standby_names", "missing")
                    try await database.wait(
                        until: "SELECT current_setting('synchronous_standby_names') = 'missing'", session: 1)
                    let writer = Task {
                        try await database.execute("UPDATE t SET a = 'new'; DELETE FROM t", session: 1)
                    }
                    let record = try await running.recorder.wait { $0.streamed.count == 2 }
                    let schema = try await schema(running.source)
                    let lookup = Task {
                        try await running.source.lookup(
                            LookupRequest(
                                schema: schema, keyColumns: [0], keys: [["1"]],
                                transactions: [record.streamed[0].transaction]))
                    }
                    // Without a transaction to wait for, the old row is there to be read.
                    let now = try await running.source.lookup(
                        LookupRequest(schema: schema, keyColumns: [0], keys: [["1"]], transactions: []))
                    #expect(now.rows[0].first?.text(1) == "old")
                    try await server.set("synchronous_standby_names", "")
                    try await writer.value
                    #expect(try await lookup.value.rows[0].isEmpty)
                }
            }
        }
    }

    @Test func columnsThatAreGoneAreUnchangedAndATableUnderAnotherNameIsFound() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                "CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'a', 'b')")
            let source = try Running.makeSource(database, [Running.name("public.t")])
            let schema = try await schema(source)
            let request = LookupRequest(schema: schema, keyColumns: [0], keys: [["1"]], transactions: [])
            _ = try await source.lookup(request)
            try await database.execute(
                "ALTER TABLE t DROP COLUMN a; ALTER TABLE t RENAME TO u; CREATE TABLE t (id int PRIMARY KEY, a text, b text)"
            )
            let row = try #require(try await source.lookup(request).rows[0].first)
            #expect(row.state(1) == .unchanged && row.text(2) == "b")
        }
    }
}

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

    @Test func rowsAreCountedByKey() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT n, 'a' || n % 3 FROM generate_series(1, 10) n"
            )
            let source = try Running.makeSource(database, [Running.name("public.t")])
            let schema = try await schema(source)
            let keys = [["a1"], ["none"], ["a0"]] + (0..<1_200).map { ["x\($0)"] } + [["a2"]]
            let counts = try await source.count(
                LookupRequest(schema: schema, keyColumns: [1], keys: keys, transactions: []))
            #expect(counts.count == keys.count && counts.prefix(3) == [4, 0, 3] && counts.last == 3)
        }
    }

    /// Of one key or all rows, in the order of a primary key of two columns.
    @Test(arguments: [true, false]) func manyRowsAreReadInPartsByPrimaryKey(hasKey: Bool) async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                """
                CREATE TABLE t (a int, b text, wide text, n numeric, PRIMARY KEY (b, a));
                INSERT INTO t SELECT n, 'b' || n % 7, 'w', CASE WHEN n % 2 = 0 THEN 1.0 END FROM generate_series(1, 500) n
                """)
            let source = try Running.makeSource(database, [Running.name("public.t")])
            let schema = try await schema(source)
            var request =
                hasKey
                // One value in two forms finds a row once.
                ? LookupRequest(schema: schema, keyColumns: [3], keys: [["1"], ["1.00"], ["7"]], transactions: [])
                : LookupRequest(schema: schema, parts: [], keys: [[]], transactions: [])
            request.wanted = [0, 1, 3]
            var found: [[String]] = []
            var place: [String]?
            var parts = 0
            repeat {
                let part = try await source.lookupPart(request, after: place, rowsMax: 100)
                #expect(part.rows.count <= 100 && part.rows.allSatisfy { $0.state(2) == .unchanged })
                found += part.rows.map { [$0.text(1) ?? "", $0.text(0) ?? ""] }
                place = part.next
                parts += 1
            } while place != nil
            let condition = hasKey ? "WHERE n = 1" : ""
            let expected = try await database.query("SELECT b, a FROM t \(condition) ORDER BY b, a")
            #expect(found == expected.map { $0.map { $0 ?? "" } })
            #expect(parts == (hasKey ? 3 : 6))
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

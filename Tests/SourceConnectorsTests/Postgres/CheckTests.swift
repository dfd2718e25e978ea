import Change
import Connector
import Testing

@testable import SourceConnectors

/// What `check` says, and that it changes nothing.
@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(2))) struct CheckTests {
    private func findings(_ database: Database, _ tables: [String]) async throws -> [Diagnostic] {
        await (try Running.makeSource(database, tables.map(Running.name))).check()
    }

    @Test func aSoundServerHasNoErrorsAndStaysAsItWas() async throws {
        try await Lab.withDatabase { database in
            try await database.execute("CREATE TABLE t (id int PRIMARY KEY)")
            let findings = try await findings(database, ["public.t"])
            #expect(!findings.contains { $0.severity == .error || $0.severity == .warning })
            #expect(try await database.scalar("SELECT count(*) FROM pg_publication") == "0")
            #expect(
                try await database.scalar(
                    "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == "0")
        }
    }

    @Test func anIndexThatASearchNeedsIsNamedUnlessOneBeginsWithItsColumns() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                """
                CREATE TABLE lines (id int PRIMARY KEY, sale int, "a part" text, note text);
                CREATE INDEX ON lines (id, sale); CREATE INDEX ON lines (note) WHERE note <> '';
                CREATE INDEX ON lines USING brin (sale); CREATE INDEX ON lines (lower("a part"))
                """)
            let source = try Running.makeSource(database, [Running.name("public.lines")])
            func missing(_ columns: String...) async throws -> String? {
                try await source.missingIndex(on: columns, of: Running.name("public.lines"))
            }
            #expect(try await missing("id") == nil)
            #expect(try await missing("note", "id") == nil)
            #expect(try await missing("note") == #"CREATE INDEX ON "public"."lines" ("note");"#)
            let statement = try #require(try await missing("sale", "a part"))
            #expect(statement == #"CREATE INDEX ON "public"."lines" ("sale", "a part");"#)
            try await database.execute(statement)
            #expect(try await missing("sale", "a part") == nil)
            #expect(try await missing("sale") == nil)
        }
    }

    @Test func everyTableThatDoesNotExistIsNamedWithTheNearest() async throws {
        try await Lab.withDatabase { database in
            try await database.execute("CREATE TABLE orders (id int PRIMARY KEY)")
            let findings = try await findings(database, ["public.oders", "public.completely_else"])
            #expect(
                findings.contains { $0.message.contains("public.oders") && $0.hint?.contains("public.orders") == true })
            #expect(findings.contains { $0.message.contains("public.completely_else") && $0.hint == nil })
            let source = try Running.makeSource(database, [Running.name("public.oders")])
            let errors = await #expect(throws: ConfigurationErrors.self) {
                _ = try await source.describe([Running.name("public.oders"), Running.name("public.orders")])
            }
            #expect(errors?.diagnostics.count == 1)
        }
    }

    @Test func tablesThatTheStreamDoesNotCoverAreErrors() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                """
                CREATE UNLOGGED TABLE u (id int PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS id;
                CREATE MATERIALIZED VIEW m AS SELECT 1 AS id
                """)
            let findings = try await findings(database, ["public.u", "public.v", "public.m"])
            for name in ["public.u", "public.v", "public.m"] {
                #expect(findings.contains { $0.severity == .error && $0.message.contains(name) })
            }
            let source = try Running.makeSource(database, [Running.name("public.v")])
            let error = await #expect(throws: MillraceError.self) { _ = try await source.prepare(resumingFrom: nil) }
            #expect(error?.code == .sourceRejected)
        }
    }

    @Test func aTableWithoutAKeyComesWithTheStatementThatGivesItAnIdentity() async throws {
        try await Lab.withDatabase { database in
            try await database.execute("CREATE TABLE n (a int)")
            let findings = try await findings(database, ["public.n"])
            #expect(
                findings.contains {
                    $0.severity == .warning
                        && $0.hint?.contains("ALTER TABLE \"public\".\"n\" REPLICA IDENTITY FULL") == true
                })
        }
    }

    @Test func aRoleWithoutPrivilegesIsToldEveryStatement() async throws {
        try await PrivateServer.with(["wal_level=replica", "max_slot_wal_keep_size=1GB"]) { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute("CREATE TABLE t (id int PRIMARY KEY); CREATE ROLE poor LOGIN")
                let poor = Database(name: database.name, url: database.url.replacing("postgres@", with: "poor@"))
                let findings = try await findings(poor, ["public.t"])
                let hints = findings.filter { $0.severity == .error }.compactMap(\.hint).joined(separator: "\n")
                for statement in [
                    "ALTER SYSTEM SET wal_level = 'logical'", "ALTER ROLE \"poor\" REPLICATION",
                    "GRANT SELECT ON \"public\".\"t\" TO \"poor\"", "CREATE PUBLICATION millrace_test WITH",
                ] {
                    #expect(hints.contains(statement), "\(statement)")
                }
            }
        }
    }

    @Test func aPublicationThatBreaksUpdatesIsNamedAndRefused() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                """
                CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE n (a int);
                CREATE PUBLICATION millrace_test FOR TABLE t WITH (publish = 'insert');
                CREATE PUBLICATION millrace_test_nokey FOR TABLE n
                """)
            let findings = try await findings(database, ["public.t", "public.n"])
            let hints = findings.filter { $0.severity == .error }.compactMap(\.hint)
            #expect(
                hints.contains("ALTER PUBLICATION millrace_test SET (publish = 'insert, update, delete, truncate');"))
            #expect(hints.contains("ALTER PUBLICATION millrace_test_nokey SET (publish = 'insert, truncate');"))
            let source = try Running.makeSource(database, [Running.name("public.t")])
            let error = await #expect(throws: MillraceError.self) { _ = try await source.prepare(resumingFrom: nil) }
            #expect(error?.code == .sourceRejected && error?.place == "millrace_test")
        }
    }

    @Test func aTableThatGetsAKeyMovesToTheOtherPublication() async throws {
        try await Lab.withDatabase { database in
            try await database.execute("CREATE TABLE t (id int)")
            let members = "SELECT string_agg(pubname, ',') FROM pg_publication_tables"
            _ = try await Running.makeSource(database, [Running.name("public.t")]).prepare(resumingFrom: nil)
            #expect(try await database.scalar(members) == "millrace_test_nokey")
            try await database.execute("ALTER TABLE t ADD PRIMARY KEY (id)")
            _ = try await Running.makeSource(database, [Running.name("public.t")]).prepare(resumingFrom: nil)
            #expect(try await database.scalar(members) == "millrace_test")
        }
    }

    @Test(arguments: [
        ("DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY)", MillraceError.Code.sourceRejected, "created again"),
        ("DROP TABLE t", .sourceRejected, "does not exist"),
        ("ALTER PUBLICATION millrace_test DROP TABLE t", .sourceRejected, "taken out"),
        ("DROP PUBLICATION millrace_test", .positionLost, "publication was dropped"),
    ])
    func aTableThatLeavesThePublicationEndsTheStream(
        _ statement: String, _ code: MillraceError.Code, _ reason: String
    ) async throws {
        try await Lab.withDatabase { database in
            try await database.execute("CREATE TABLE t (id int PRIMARY KEY)")
            let error = await #expect(throws: MillraceError.self) {
                try await Running.stream(database, ["public.t"]) { running in
                    try await database.execute("INSERT INTO t VALUES (1)")
                    _ = try await running.recorder.wait { $0.seen.count == 1 }
                    try await database.execute(statement)
                    _ = try await running.recorder.wait { $0.seen.count == 2 }
                }
            }
            #expect(error?.code == code)
            #expect(error?.message.contains(reason) == true)
        }
    }

    @Test func healthCountsTheLogThatIsKeptAndWarnsAtItsLimit() async throws {
        try await PrivateServer.with(["max_slot_wal_keep_size=40MB", "max_wal_size=1GB"]) { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute("CREATE TABLE t (id int PRIMARY KEY, a text)")
                let source = try Running.makeSource(database, [Running.name("public.t")])
                _ = try await source.prepare(resumingFrom: nil)
                let before = try await source.health()
                #expect(before.warnings.isEmpty && before.retainedBytesMax == 40 << 20)
                try await database.execute("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 22000) n")
                let half = try await source.health()
                #expect(half.retainedBytes > 20 << 20 && half.head > before.head)
                #expect(half.warnings.contains { $0.contains("50 %") })
                try await database.execute("UPDATE t SET a = repeat('y', 1000) WHERE id < 12000")
                #expect(try await source.health().warnings.contains { $0.contains("80 %") })
            }
        }
    }
}

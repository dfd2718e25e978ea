import Change
import Connector
import Testing

@testable import SourceConnectors

/// What the stream brings of every kind of change, from a real server.
@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(1))) struct StreamTests {
    /// Streams while `statements` run, up to an insert into a table of markers, and gives what came before it.
    private func changes(
        of tables: [String], after setup: String, _ statements: [String]
    ) async throws -> Recorder.Record {
        try await Lab.withDatabase { database in
            try await database.execute("CREATE TABLE marker (id int PRIMARY KEY); " + setup)
            return try await Running.stream(database, tables + ["public.marker"]) { running in
                for statement in statements { try await database.execute(statement) }
                try await database.execute("INSERT INTO marker VALUES (1)")
                var record = try await running.recorder.wait { $0.seen.contains { $0.table == "public.marker" } }
                record.seen.removeAll { $0.table == "public.marker" }
                return record
            }
        }
    }

    @Test func theDefaultIdentityGivesTheKeyOfADeletedRow() async throws {
        let record = try await changes(
            of: ["public.t"], after: "CREATE TABLE t (id int PRIMARY KEY, a text, b text)",
            [
                "INSERT INTO t VALUES (1, 'x', 'y')", "UPDATE t SET a = 'z' WHERE id = 1", "DELETE FROM t WHERE id = 1",
            ])
        #expect(record.seen.map(\.kind) == [.insert, .update, .delete])
        #expect(record.seen[0].new == ["1", "x", "y"])
        #expect(record.seen[1].new == ["1", "z", "y"] && record.seen[1].old == [])
        #expect(record.seen[2].old == ["1", "…", "…"])
    }

    @Test func anIdentityByIndexGivesThatIndexsColumns() async throws {
        let record = try await changes(
            of: ["public.t"],
            after: """
                CREATE TABLE t (id int PRIMARY KEY, mail text NOT NULL UNIQUE, b text);
                ALTER TABLE t REPLICA IDENTITY USING INDEX t_mail_key
                """,
            [
                "INSERT INTO t VALUES (1, 'm', 'y')", "UPDATE t SET mail = 'n' WHERE id = 1",
                "DELETE FROM t WHERE id = 1",
            ])
        #expect(record.seen[1].old == ["…", "m", "…"] && record.seen[1].new == ["1", "n", "y"])
        #expect(record.seen[2].old == ["…", "n", "…"])
        let schema = record.schemas.first { $0.table.name == "t" }
        #expect(schema?.identity == .index("t_mail_key"))
        #expect(schema?.primaryKey == [0])
    }

    @Test func theFullIdentityGivesTheWholeOldRow() async throws {
        let record = try await changes(
            of: ["public.t"],
            after: "CREATE TABLE t (id int PRIMARY KEY, a text); ALTER TABLE t REPLICA IDENTITY FULL",
            [
                "INSERT INTO t VALUES (1, NULL)", "UPDATE t SET a = 'z'", "DELETE FROM t",
            ])
        #expect(record.seen[1].old == ["1", "∅"] && record.seen[1].new == ["1", "z"])
        #expect(record.seen[2].old == ["1", "z"])
    }

    @Test func updatesOfATableWithoutAKeyStillWorkForTheApplication() async throws {
        let record = try await changes(
            of: ["public.nokey", "public.nothing"],
            after: """
                CREATE TABLE nokey (a int); CREATE TABLE nothing (id int PRIMARY KEY);
                ALTER TABLE nothing REPLICA IDENTITY NOTHING
                """,
            [
                "INSERT INTO nokey VALUES (1), (2)", "UPDATE nokey SET a = 3", "DELETE FROM nokey",
                "INSERT INTO nothing VALUES (1)", "UPDATE nothing SET id = 2", "TRUNCATE nokey",
            ])
        #expect(record.seen.map(\.kind) == [.insert, .insert, .insert, .truncate])
    }

    @Test func keysThatSwapInOneTransactionComeInOrder() async throws {
        let record = try await changes(
            of: ["public.t"],
            after: "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'one'), (2, 'two')",
            [
                """
                BEGIN; UPDATE t SET id = 3 WHERE id = 1; UPDATE t SET id = 1 WHERE id = 2;
                UPDATE t SET id = 2 WHERE id = 3; COMMIT
                """
            ])
        #expect(record.seen.map(\.old) == [["1", "…"], ["2", "…"], ["3", "…"]])
        #expect(record.table("public.t") == [["1"]: ["1", "two"], ["2"]: ["2", "one"]])
        #expect(Set(record.seen.map(\.commit)).count == 1)
        #expect(record.seen.map(\.ordinal) == [0, 1, 2])
    }

    @Test func aTruncateNamesEveryTableItEmptied() async throws {
        let record = try await changes(
            of: ["public.a", "public.b"],
            after: "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a)",
            ["INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)", "TRUNCATE a RESTART IDENTITY CASCADE"])
        #expect(Set(record.seen.suffix(2).map(\.table)) == ["public.a", "public.b"])
        #expect(record.seen.suffix(2).allSatisfy { $0.kind == .truncate })
    }

    @Test func rowsOfPartitionsComeUnderThePartitionedTable() async throws {
        let record = try await changes(
            of: ["public.p"],
            after: """
                CREATE TABLE p (id int, region text, a text, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
                CREATE TABLE p_north PARTITION OF p FOR VALUES IN ('north');
                CREATE TABLE p_south PARTITION OF p FOR VALUES IN ('south')
                """,
            [
                "INSERT INTO p VALUES (1, 'north', 'x')", "UPDATE p SET region = 'south' WHERE id = 1",
                "INSERT INTO p_north VALUES (2, 'north', 'y')",
                "CREATE TABLE p_west PARTITION OF p FOR VALUES IN ('west')", "INSERT INTO p VALUES (3, 'west', 'z')",
                "TRUNCATE p",
            ])
        #expect(record.seen.allSatisfy { $0.table == "public.p" })
        // A row that moves to another partition is a delete and an insert.
        #expect(record.seen.map(\.kind) == [.insert, .delete, .insert, .insert, .insert, .truncate])
        #expect(record.seen[1].old == ["1", "north", "…"])
    }

    @Test func aSchemaChangeInsideATransactionTakesEffectWithinIt() async throws {
        let record = try await changes(
            of: ["public.t"], after: "CREATE TABLE t (id int PRIMARY KEY, a int, gone text)",
            [
                "INSERT INTO t VALUES (1, 1, 'g')",
                """
                BEGIN; INSERT INTO t VALUES (2, 2, 'g'); ALTER TABLE t ADD COLUMN b text DEFAULT 'fresh', DROP COLUMN gone;
                INSERT INTO t VALUES (3, 3); ALTER TABLE t ALTER COLUMN a TYPE text; INSERT INTO t VALUES (4, 'four');
                ALTER TABLE t RENAME COLUMN a TO c; INSERT INTO t VALUES (5, 'five', 'b'); COMMIT
                """,
            ])
        #expect(
            record.seen.map(\.new) == [
                ["1", "1", "g"], ["2", "2", "g"], ["3", "3", "fresh"], ["4", "four", "fresh"], ["5", "five", "b"],
            ])
        let shapes = record.schemas.filter { $0.table.name == "t" }.map { $0.columns.map(\.name) }
        #expect(shapes.first == ["id", "a", "gone"] && shapes.last == ["id", "c", "b"])
    }

    @Test func oddIdentifiersSurviveEveryStep() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                """
                CREATE SCHEMA "we.ird \\ ""schema";
                CREATE TABLE "we.ird \\ ""schema"."Tä'ble %_" ("Ke""y" int PRIMARY KEY, "select" text, "a b" text);
                INSERT INTO "we.ird \\ ""schema"."Tä'ble %_" SELECT n, 'x', 'y' FROM generate_series(1, 250) n
                """)
            let name = TableName(namespace: "we.ird \\ \"schema", name: "Tä'ble %_")
            try await Running.stream(database, tables: [name], options: ["chunk_rows": .integer(100)]) { running in
                try await running.snapshot(name)
                try await database.execute(
                    """
                    UPDATE "we.ird \\ ""schema"."Tä'ble %_" SET "select" = 'new' WHERE "Ke""y" = 7;
                    ALTER TABLE "we.ird \\ ""schema"."Tä'ble %_" RENAME TO "other""name"
                    """)
                let record = try await running.recorder.wait { !$0.streamed.isEmpty }
                #expect(record.read.count == 250)
                #expect(record.streamed[0].new == ["7", "new", "y"])
                // A re-read finds the table under its new name.
                let schema = try #require(record.schemas.first { $0.table == name })
                let result = try await running.source.lookup(
                    LookupRequest(
                        schema: schema, keyColumns: [0], keys: [["7"], ["999"]],
                        transactions: [record.streamed[0].transaction]))
                #expect(result.rows.map { $0.map { $0.text(1) } } == [["new"], []])
            }
        }
    }

    @Test func preparedTransactionsAndSavepointsComeAsTheirCommitsSay() async throws {
        let record = try await changes(
            of: ["public.t"], after: "CREATE TABLE t (id int PRIMARY KEY)",
            [
                "BEGIN; INSERT INTO t VALUES (1)", "PREPARE TRANSACTION 'millrace one'",
                "BEGIN; INSERT INTO t VALUES (2)", "PREPARE TRANSACTION 'millrace two'",
                "INSERT INTO t VALUES (3)", "COMMIT PREPARED 'millrace one'", "ROLLBACK PREPARED 'millrace two'",
                """
                BEGIN; INSERT INTO t VALUES (4); SAVEPOINT a; INSERT INTO t VALUES (5); SAVEPOINT b;
                INSERT INTO t VALUES (6); ROLLBACK TO b; INSERT INTO t VALUES (7); RELEASE a; COMMIT
                """,
                "BEGIN; INSERT INTO t VALUES (8); ROLLBACK",
            ])
        #expect(record.seen.map(\.new) == [["3"], ["1"], ["4"], ["5"], ["7"]])
        #expect(record.seen.map(\.commit) == record.seen.map(\.commit).sorted())
    }

    @Test func aToastedValueThatDidNotChangeIsUnchangedOrComesFromTheOldRow() async throws {
        let big = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) n)"
        let record = try await changes(
            of: ["public.plain", "public.whole"],
            after: """
                CREATE TABLE plain (id int PRIMARY KEY, n int, big text); CREATE TABLE whole (LIKE plain INCLUDING ALL);
                ALTER TABLE plain ALTER big SET STORAGE EXTERNAL; ALTER TABLE whole ALTER big SET STORAGE EXTERNAL;
                ALTER TABLE whole REPLICA IDENTITY FULL;
                INSERT INTO plain VALUES (1, 1, \(big)); INSERT INTO whole VALUES (1, 1, \(big))
                """,
            ["UPDATE plain SET n = 2", "UPDATE whole SET n = 2", "UPDATE plain SET id = 2"])
        #expect(record.seen[0].new == ["1", "2", "…"])
        #expect(record.seen[1].new[2].count == 12_800 && record.seen[1].new[2] == record.seen[1].old[2])
        #expect(record.seen[2].new == ["2", "2", "…"] && record.seen[2].old == ["1", "…", "…"])
    }

    @Test func anEnumLabelThatIsAddedLiveIsKnownInTheNextRow() async throws {
        let record = try await changes(
            of: ["public.t"], after: "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (id int PRIMARY KEY, m mood)",
            [
                "INSERT INTO t VALUES (1, 'sad')", "ALTER TYPE mood ADD VALUE 'happy'",
                "INSERT INTO t VALUES (2, 'happy')",
            ])
        #expect(record.seen.map(\.new) == [["1", "sad"], ["2", "happy"]])
    }
}

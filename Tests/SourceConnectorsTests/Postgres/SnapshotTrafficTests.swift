import Randomness
import Change
import Connector
import Testing

@testable import SourceConnectors

/// Snapshots of tables of every shape while several writers are at work and connections break.
@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(3)), .serialized) struct SnapshotTrafficTests {
    /// A table and how to write to it; `$n` is a random number.
    struct Shape: Sendable, CustomTestStringConvertible {
        var name: String
        var setup: String
        var keyColumns: Int
        var columns = "*"
        var writes: [String]
        var testDescription: String { name }
    }

    static let shapes = [
        Shape(
            name: "one integer", setup: "CREATE TABLE t (id int PRIMARY KEY, a text)", keyColumns: 1,
            writes: [
                "INSERT INTO t VALUES ($n, 'i') ON CONFLICT (id) DO UPDATE SET a = 'u' || $m",
                "DELETE FROM t WHERE id = $n", "UPDATE t SET a = '$m' WHERE id BETWEEN $n AND $n + 20",
                "UPDATE t SET id = id + 100000 WHERE id = $n",
                "UPDATE t SET id = id - 100000 WHERE id > 100000 AND id % 3 = 0",
            ]),
        Shape(
            name: "composite, mixed order",
            setup: """
                CREATE TABLE t (b text COLLATE "POSIX", at timestamptz, n numeric(8,2), a text, PRIMARY KEY (b, at, n))
                """,
            keyColumns: 3,
            writes: [
                """
                INSERT INTO t VALUES (md5('$n'), 'epoch'::timestamptz + interval '$n s', $n / 4.0, '$m')
                ON CONFLICT (b, at, n) DO UPDATE SET a = 'u' || $m
                """,
                "DELETE FROM t WHERE b = md5('$n')", "UPDATE t SET a = '$m' WHERE n < $n / 40.0",
                "UPDATE t SET b = md5(b) WHERE b = md5('$n')",
            ]),
        Shape(
            name: "odd key types",
            setup: """
                CREATE TYPE colour AS ENUM ('red', 'green', 'blue'); CREATE DOMAIN code AS char(8);
                CREATE TABLE t (c colour, d code, u uuid, y bytea, r int4range, a text, PRIMARY KEY (c, d, u, y, r))
                """,
            keyColumns: 5,
            writes: [
                """
                INSERT INTO t VALUES (('{red,green,blue}'::colour[])[1 + $n % 3], '$n', md5('$n')::uuid,
                    decode(md5('$n'), 'hex'), int4range($n, $n + 5), '$m')
                ON CONFLICT (c, d, u, y, r) DO UPDATE SET a = 'u' || $m
                """,
                "DELETE FROM t WHERE d = '$n'", "UPDATE t SET a = '$m' WHERE c = 'green' AND lower(r) < $n / 10",
                "UPDATE t SET c = 'blue' WHERE d = '$n'",
            ]),
        Shape(
            name: "partitioned",
            setup: """
                CREATE TABLE t (region int, id int, a text, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
                CREATE TABLE t0 PARTITION OF t FOR VALUES IN (0); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
                CREATE TABLE t2 PARTITION OF t DEFAULT
                """,
            keyColumns: 2,
            writes: [
                """
                INSERT INTO t VALUES ($n % 4, $n, '$m') ON CONFLICT (region, id) DO UPDATE SET a = 'u' || $m
                """,
                "DELETE FROM t WHERE id = $n", "UPDATE t SET a = '$m' WHERE id BETWEEN $n AND $n + 20",
                "UPDATE t SET region = 5 WHERE id = $n",
            ]),
        Shape(
            name: "full identity without a key",
            setup:
                "CREATE TABLE t (id int, a text); ALTER TABLE t REPLICA IDENTITY FULL; CREATE UNIQUE INDEX ON t (id)",
            keyColumns: 1,
            writes: [
                "INSERT INTO t VALUES ($n, 'i') ON CONFLICT (id) DO UPDATE SET a = 'u' || $m",
                "DELETE FROM t WHERE id = $n", "UPDATE t SET a = '$m' WHERE id BETWEEN $n AND $n + 5",
                "UPDATE t SET id = id + 100000 WHERE id = $n",
            ]),
        Shape(
            name: "identity by index",
            setup: """
                CREATE TABLE t (mail text NOT NULL UNIQUE, id int PRIMARY KEY, a text);
                ALTER TABLE t REPLICA IDENTITY USING INDEX t_mail_key
                """,
            keyColumns: 1,
            writes: [
                "INSERT INTO t VALUES ('m$n', $n, '$m') ON CONFLICT (id) DO UPDATE SET a = 'u' || $m",
                "DELETE FROM t WHERE id = $n", "UPDATE t SET mail = 'x' || mail WHERE id = $n",
                "UPDATE t SET a = '$m' WHERE id BETWEEN $n AND $n + 20",
            ]),
    ]

    @Test(arguments: shapes) func theTableIsWholeAfterASnapshotUnderTraffic(_ shape: Shape) async throws {
        try await Lab.withDatabase { database in
            try await database.execute(shape.setup)
            var generator = SeededNumbers(seed: 7)
            for _ in 0..<10 {
                let fill = (0..<200).map { _ in Self.fill(shape.writes[0], &generator) }
                try await database.execute(fill.joined(separator: ";"))
            }
            try await database.execute("ANALYZE t")
            try await Running.stream(
                database, ["public.t"],
                options: ["chunk_rows": .integer(100), "snapshot_parallelism": .integer(3)], handoverBytes: 50_000
            ) { running in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 1...3 {
                        group.addTask { try await Self.write(shape, database, writer) }
                    }
                    // Connections of the source break now and then.
                    group.addTask {
                        while !Task.isCancelled {
                            _ = try await database.query(
                                """
                                SELECT pg_sleep(0.2), pg_terminate_backend(pid) FROM pg_stat_activity
                                WHERE datname = current_database() AND application_name = 'millrace test'
                                ORDER BY random() LIMIT 1
                                """, session: 9)
                        }
                    }
                    let plan = try await running.source.planAnyway(Running.name("public.t"))
                    #expect(plan.chunkCount > 5)
                    try await running.source.runSnapshot(plan, run: 1, skipping: [])
                    group.cancelAll()
                    try await group.waitForAll()
                    let all = Set(0..<plan.chunkCount)
                    _ = try await running.recorder.wait { $0.chunksFinished == all }
                }
                try await Convergence.check(
                    running, database, table: "public.t", keyColumns: shape.keyColumns, columns: shape.columns)
            }
        }
    }

    private static func write(_ shape: Shape, _ database: Database, _ writer: Int) async throws {
        var generator = SeededNumbers(seed: UInt64(writer))
        while !Task.isCancelled {
            let count = Int.random(in: 1...4, using: &generator)
            let statements = (0..<count).map { _ in
                fill(shape.writes.randomElement(using: &generator) ?? "", &generator)
            }
            // Conflicts of the writers with each other are no concern of the test.
            try? await database.execute(
                (["BEGIN"] + statements + ["COMMIT"]).joined(separator: ";"), session: writer)
            try? await database.execute("ROLLBACK", session: writer)
        }
    }

    private static func fill(_ template: String, _ generator: inout SeededNumbers) -> String {
        template.replacing("$n", with: String(Int.random(in: 1...3000, using: &generator)))
            .replacing("$m", with: String(Int.random(in: 0..<1_000_000, using: &generator)))
    }
}

extension PostgresSource {
    /// Plans as the engine does: again after whatever passes.
    func planAnyway(_ table: TableName) async throws -> SnapshotPlan {
        while true {
            do {
                return try await planSnapshot(of: table)
            } catch let error as MillraceError where error.code == .sourceUnavailable {
                try Task.checkCancellation()
            }
        }
    }
}

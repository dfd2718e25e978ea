import Foundation
import Testing

/// Every command against a running process and after it, as an operator gives them.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(5)))
struct CommandLineTests {
    /// A table of its own, one row of which has no key in the sink; and a pipeline for it.
    struct Yard {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-commands-\(getpid())")
        let server: String
        let environment: [String: String]
        let redis: String
        var file: String { folder.appendingPathComponent("yard.yaml").path }
        var state: String { folder.appendingPathComponent("state").path }

        init() async throws {
            let variables = ProcessInfo.processInfo.environment
            server = try #require(variables["SHOP_POSTGRES"])
            redis = try #require(variables["SHOP_REDIS"])
            var parts = try #require(URLComponents(string: server))
            parts.path = "/millrace_commands"
            environment = ["YARD_POSTGRES": try #require(parts.string), "YARD_REDIS": redis]
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try await clean()
            try await Command.run("psql", ["-qX", server, "-c", "CREATE DATABASE millrace_commands"])
            try await sql(
                """
                CREATE TABLE items (id bigint PRIMARY KEY, code text, note text);
                ALTER TABLE items REPLICA IDENTITY FULL;
                INSERT INTO items SELECT i, CASE WHEN i <> 7 THEN 'c' || i END, 'note' FROM generate_series(1, 500) i
                """)
            try """
            format: 1
            pipeline: commands-yard
            source:
              postgres:
                url: ${YARD_POSTGRES}
                tables: [public.items]
            sinks:
              - redis:
                  url: ${YARD_REDIS}
                  write:
                    - from: public.items
                      json: "commands-yard:{code}"
            """.write(toFile: file, atomically: true, encoding: .utf8)
        }

        func sql(_ statement: String) async throws {
            let database = environment["YARD_POSTGRES"] ?? ""
            try await Command.run("psql", ["-qX", "-v", "ON_ERROR_STOP=1", database, "-c", statement])
        }

        func ask(_ statement: String, of database: String? = nil) async throws -> String {
            try await Command.run("psql", ["-qXAt", database ?? server, "-c", statement])
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }

        func redis(_ arguments: String...) async throws -> String {
            try await Command.run("redis-cli", ["-u", redis] + arguments)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }

        /// Runs a command and returns its status and everything that it printed.
        func millrace(_ arguments: String...) async throws -> (status: Int32, output: String) {
            let options = ["check", "schema"].contains(arguments[0]) ? [] : ["--state", state]
            do {
                return (
                    0, try await Command.run(Shop.millrace, arguments + options, environment: environment)
                )
            } catch let failure as Command.Failure {
                return (failure.status, failure.output)
            }
        }

        func start() throws -> BackgroundProcess {
            try BackgroundProcess(
                Shop.millrace, ["run", file, "--state", state, "--http", "0"], environment: environment,
                log: folder.appendingPathComponent("millrace.log"))
        }

        func clean() async throws {
            let slots = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
            try await Command.run(
                "psql",
                [
                    "-qX", server, "-c", slots + "WHERE database = 'millrace_commands'",
                    "-c", "DROP DATABASE IF EXISTS millrace_commands WITH (FORCE)",
                ])
            let keys = try await redis("--scan", "--pattern", "*commands-yard*").split(separator: "\n").map(String.init)
            for key in keys { try await Command.run("redis-cli", ["-u", redis, "DEL", key]) }
            try? FileManager.default.removeItem(atPath: state)
        }
    }

    @Test func everyCommandDoesWhatItsHelpSays() async throws {
        let yard = try await Yard()
        try await before(yard)
        let process = try yard.start()
        let arrived = try await yard.millrace("status", "commands-yard", "--wait-caught-up", "--timeout", "60s")
        #expect(arrived.status == 0, "\(arrived.output) \(process.output)")
        #expect(arrived.output.contains("received 500 = applied 499"), "\(arrived.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:c500") == "1")
        try await whileItRuns(yard)
        #expect(await process.end(with: SIGTERM) == 0, "\(process.output)")
        #expect(process.output.contains("commands-yard: stopped after"), "\(process.output)")
        #expect(!process.output.contains("on their way"), "\(process.output)")
        try await afterwards(yard)
        try await yard.clean()
    }

    private func before(_ yard: Yard) async throws {
        #expect(try await yard.millrace("check", yard.file).status == 0)
        #expect(try await yard.millrace("check", "--offline", yard.file).status == 0)
        #expect(try await yard.ask("SELECT count(*) FROM pg_publication", of: yard.environment["YARD_POSTGRES"]) == "0")
        let broken = yard.folder.appendingPathComponent("broken.yaml").path
        try String(contentsOfFile: yard.file, encoding: .utf8).replacing("tables:", with: "tabels:")
            .write(toFile: broken, atomically: true, encoding: .utf8)
        let refused = try await yard.millrace("check", "--offline", broken)
        #expect(refused.status == 2)
        #expect(refused.output.contains("broken.yaml:6:5: error:"), "\(refused.output)")
        #expect(try await yard.millrace("status").status == 3)
        #expect(try await yard.millrace("pause", "commands-yard").status == 3)
        #expect(try await yard.millrace("status", "--nonsense").status == 2)
        #expect(try await yard.millrace("schema").output.hasPrefix("{"))
    }

    private func whileItRuns(_ yard: Yard) async throws {
        let second = try await yard.millrace("run", yard.file, "--http", "0")
        #expect(second.status == 4)
        #expect(second.output.contains("is already run by process"), "\(second.output)")

        #expect(try await yard.millrace("pause", yard.file).status == 0)
        try await yard.sql("INSERT INTO items VALUES (1001, 'late', 'note')")
        let tooSoon = try await yard.millrace("status", "commands-yard", "--wait-caught-up", "--timeout", "500ms")
        #expect(tooSoon.status == 5, "\(tooSoon.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:late") == "0")
        #expect(try await yard.millrace("resume", yard.file).status == 0)
        #expect(try await yard.millrace("status", "commands-yard", "--wait-caught-up").status == 0)
        #expect(try await yard.redis("EXISTS", "commands-yard:late") == "1")

        let listed = try await yard.millrace("parked", "list", "commands-yard")
        #expect(listed.output.contains("public.items"), "\(listed.output)")
        #expect(try await yard.millrace("parked", "show", "commands-yard", "1").output.contains(#"\"id\":\"7\""#))
        #expect(try await yard.millrace("parked", "discard", "commands-yard", "1").status == 2)
        // The stream writes the mended row; a stranger deletes it; the replay reads it again.
        try await yard.sql("UPDATE items SET code = 'c7' WHERE id = 7")
        #expect(try await yard.millrace("status", "commands-yard", "--wait-caught-up").status == 0)
        #expect(try await yard.redis("DEL", "commands-yard:c7") == "1")
        let replayed = try await yard.millrace("parked", "replay", "commands-yard", "--all")
        #expect(replayed.status == 0, "\(replayed.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:c7") == "1")

        #expect(try await yard.redis("DEL", "commands-yard:c9") == "1")
        #expect(try await yard.millrace("snapshot", "commands-yard", "public.items").status == 0)
        #expect(try await yard.millrace("snapshot", "commands-yard", "public.nothing").status == 2)
        let loaded = try await yard.millrace("status", "commands-yard", "--wait-caught-up")
        #expect(loaded.status == 0, "\(loaded.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:c9") == "1")
        try await findDeletes(yard)
    }

    private func findDeletes(_ yard: Yard) async throws {
        // A delete that no stream brings.
        try await yard.sql(
            """
            BEGIN;
            ALTER PUBLICATION millrace_commands_yard DROP TABLE items;
            DELETE FROM items WHERE id = 12;
            ALTER PUBLICATION millrace_commands_yard ADD TABLE items;
            COMMIT
            """)
        #expect(try await yard.millrace("snapshot", "commands-yard", "public.items").status == 0)
        #expect(try await yard.millrace("status", "commands-yard", "--wait-caught-up").status == 0)
        #expect(try await yard.redis("EXISTS", "commands-yard:c12") == "1")
        let asked = try await yard.millrace("snapshot", "commands-yard", "public.items", "--find-deletes")
        #expect(asked.status == 0, "\(asked.output)")
        let swept = try await yard.millrace("status", "commands-yard", "--wait-caught-up")
        #expect(swept.status == 0, "\(swept.output)")
        #expect(swept.output.contains("1 deleted from the sinks"), "\(swept.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:c12") == "0")
        #expect(try await yard.redis("EXISTS", "commands-yard:c13") == "1")
    }

    private func afterwards(_ yard: Yard) async throws {
        let status = try await yard.millrace("status")
        #expect(status.status == 0)
        #expect(status.output.contains("not running"), "\(status.output)")
        #expect(try await yard.millrace("snapshot", "commands-yard", "public.items").status == 3)
        let listed = try await yard.millrace("checkpoint", "list")
        #expect(listed.output.contains("snapshot public.items: complete"), "\(listed.output)")
        #expect(try await yard.millrace("checkpoint", "reset", yard.file).status == 2)
        let reset = try await yard.millrace("checkpoint", "reset", yard.file, "--yes")
        #expect(reset.status == 0, "\(reset.output)")
        #expect(reset.output.contains("in epoch 1 of 31"), "\(reset.output)")
        try await yard.sql("DELETE FROM items WHERE id = 500")
        #expect(try await yard.redis("DEL", "commands-yard:c11") == "1")
        let again = try yard.start()
        let caughtUp = try await yard.millrace("status", "commands-yard", "--wait-caught-up")
        #expect(caughtUp.status == 0, "\(caughtUp.output) \(again.output)")
        #expect(await again.end(with: SIGINT) == 0, "\(again.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:c11") == "1")
        #expect(try await yard.redis("EXISTS", "commands-yard:c500") == "0")
        try await removal(yard)
    }

    private func removal(_ yard: Yard) async throws {
        #expect(try await yard.millrace("remove", yard.file).status == 2)
        let removed = try await yard.millrace("remove", yard.file, "--yes")
        #expect(removed.status == 0, "\(removed.output)")
        let slots = "SELECT count(*) FROM pg_replication_slots WHERE database = 'millrace_commands'"
        #expect(try await yard.ask(slots) == "0")
        #expect(try await yard.ask("SELECT count(*) FROM pg_publication", of: yard.environment["YARD_POSTGRES"]) == "0")
        #expect(try FileManager.default.contentsOfDirectory(atPath: yard.state).isEmpty)
        // The rows stay, and with them the versions that guard them.
        #expect(try await yard.redis("EXISTS", "millrace:commands-yard:redis:marker") == "0")
        #expect(try await yard.redis("EXISTS", "commands-yard:c1") == "1")
    }
}

import Foundation
import Testing

/// Every command against a running process and after it, as an operator gives them.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(5)))
struct CommandLineTests {
    @Test func everyCommandDoesWhatItsHelpSays() async throws {
        // One row has no key in the sink.
        let yard = try await Yard(
            name: "commands",
            tables: """
                CREATE TABLE items (id bigint PRIMARY KEY, code text, note text);
                ALTER TABLE items REPLICA IDENTITY FULL;
                INSERT INTO items SELECT i, CASE WHEN i <> 7 THEN 'c' || i END, 'note' FROM generate_series(1, 500) i
                """)
        try yard.write(
            """
                tables: [public.items]
            sinks:
              - redis:
                  url: ${YARD_REDIS}
                  write:
                    - from: public.items
                      json: "commands-yard:{code}"
            """)
        try await before(yard)
        let process = try yard.start()
        let arrived = try await yard.waitUntilCaughtUp()
        #expect(arrived.contains("received 500 = applied 499"), "\(arrived) \(process.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:c500") == "1")
        try await whileItRuns(yard)
        #expect(await process.end(with: SIGTERM) == 0, "\(process.output)")
        #expect(process.output.contains("commands-yard: stopped after"), "\(process.output)")
        #expect(!process.output.contains("on their way"), "\(process.output)")
        try await afterwards(yard)
        try await yard.remove()
    }

    private func before(_ yard: Yard) async throws {
        #expect(try await yard.millrace("check", yard.file).status == 0)
        #expect(try await yard.millrace("check", "--offline", yard.file).status == 0)
        #expect(try await yard.ask("SELECT oid FROM pg_publication").isEmpty)
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
        try await yard.waitUntilCaughtUp()
        #expect(try await yard.redis("EXISTS", "commands-yard:late") == "1")

        let listed = try await yard.millrace("parked", "list", "commands-yard")
        #expect(listed.output.contains("public.items"), "\(listed.output)")
        #expect(try await yard.millrace("parked", "show", "commands-yard", "1").output.contains(#"\"id\":\"7\""#))
        #expect(try await yard.millrace("parked", "discard", "commands-yard", "1").status == 2)
        // The stream writes the mended row; a stranger deletes it; the replay reads it again.
        try await yard.sql("UPDATE items SET code = 'c7' WHERE id = 7")
        try await yard.waitUntilCaughtUp()
        #expect(try await yard.redis("DEL", "commands-yard:c7") == "1")
        let replayed = try await yard.millrace("parked", "replay", "commands-yard", "--all")
        #expect(replayed.status == 0, "\(replayed.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:c7") == "1")

        #expect(try await yard.redis("DEL", "commands-yard:c9") == "1")
        #expect(try await yard.millrace("snapshot", "commands-yard", "public.items").status == 0)
        #expect(try await yard.millrace("snapshot", "commands-yard", "public.nothing").status == 2)
        try await yard.waitUntilCaughtUp()
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
        try await yard.waitUntilCaughtUp()
        #expect(try await yard.redis("EXISTS", "commands-yard:c12") == "1")
        let asked = try await yard.millrace("snapshot", "commands-yard", "public.items", "--find-deletes")
        #expect(asked.status == 0, "\(asked.output)")
        let swept = try await yard.waitUntilCaughtUp()
        #expect(swept.contains("1 deleted from the sinks"), "\(swept)")
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
        try await yard.waitUntilCaughtUp()
        #expect(await again.end(with: SIGINT) == 0, "\(again.output)")
        #expect(try await yard.redis("EXISTS", "commands-yard:c11") == "1")
        #expect(try await yard.redis("EXISTS", "commands-yard:c500") == "0")
        try await removal(yard)
    }

    private func removal(_ yard: Yard) async throws {
        #expect(try await yard.millrace("remove", yard.file).status == 2)
        let removed = try await yard.millrace("remove", yard.file, "--yes")
        #expect(removed.status == 0, "\(removed.output)")
        #expect(
            try await yard.ask("SELECT slot_name FROM pg_replication_slots WHERE database = current_database()").isEmpty
        )
        #expect(try await yard.ask("SELECT oid FROM pg_publication").isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: yard.state).isEmpty)
        // The rows stay, and with them the versions that guard them.
        #expect(try await yard.redis("EXISTS", "millrace:commands-yard:redis:marker") == "0")
        #expect(try await yard.redis("EXISTS", "commands-yard:c1") == "1")
    }
}

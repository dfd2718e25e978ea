import Foundation
import Testing

/// What applications write into the source's log by `pg_logical_emit_message`, on its way to a stream and to the standard
/// output of the real process.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(3)))
struct MessageTests {
    @Test func messagesArriveInOrderWithTheRowsOfTheirTransaction() async throws {
        let yard = try await Yard(name: "messages", tables: "CREATE TABLE items (id bigint PRIMARY KEY, note text)")
        try yard.write(
            """
                tables: [public.items]
            sinks:
              - stdout:
                  form: debezium
                  write:
                    - from: public.items
                    - messages: "out*"
              - redis:
                  url: ${YARD_REDIS}
                  write:
                    - messages: outbox
                      stream: "messages-yard:{prefix}"
            """)
        let process = try yard.start()
        try await yard.waitUntilCaughtUp()
        try await yard.sql(
            """
            BEGIN;
            INSERT INTO items VALUES (1, 'a');
            SELECT pg_logical_emit_message(true, 'outbox', 'first');
            SELECT pg_logical_emit_message(true, 'unheard', 'of');
            INSERT INTO items VALUES (2, 'b');
            COMMIT;
            SELECT pg_logical_emit_message(false, 'outside', 'second');
            BEGIN;
            SELECT pg_logical_emit_message(true, 'outbox', 'taken back');
            ROLLBACK;
            -- A message outside of a transaction is surely in the log only with the next commit.
            CREATE TABLE later ();
            """)
        let status = try await yard.waitUntilCaughtUp()
        #expect(status.contains("messages out*: received 2 = applied 2"), "\(status)")
        #expect(await process.end(with: SIGTERM) == 0, "\(process.output)")
        let lines = try process.output.split(separator: "\n").filter { $0.contains(#""op":"#) }
            .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
            .compactMap { $0["value"] as? [String: Any] }
        try #require(lines.compactMap { $0["op"] as? String } == ["c", "m", "c", "m"], "\(process.output)")
        let contents = lines.compactMap { ($0["message"] as? [String: Any])?["content"] as? String }
        #expect(contents.compactMap { Data(base64Encoded: $0) } == [Data("first".utf8), Data("second".utf8)])
        let transactions = lines.map { ($0["source"] as? [String: Any])?["txId"] as? Int }
        #expect(transactions[0] == transactions[1] && transactions[1] == transactions[2] && transactions[3] == nil)
        let entries = try await yard.redis("XRANGE", "messages-yard:outbox", "-", "+")
        #expect(entries.contains("message") && entries.contains(Data("first".utf8).base64EncodedString()), "\(entries)")
        #expect(try await yard.redis("XLEN", "messages-yard:outbox") == "1")
        try await yard.remove()
    }
}

import Change
import Connector
import Testing

@testable import SourceConnectors

@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(1))) struct ThinSliceTests {
    @Test func aTableIsReadAndThenFollowed() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(
                """
                CREATE TABLE users (id int PRIMARY KEY, name text, amount numeric(10,2));
                INSERT INTO users SELECT n, 'user ' || n, n / 4.0 FROM generate_series(1, 1000) n
                """)
            try await Running.stream(database, ["public.users"], options: ["chunk_rows": .integer(100)]) { running in
                let plan = try await running.snapshot("public.users")
                #expect(plan.chunkCount == 10)
                try await database.execute("UPDATE users SET name = 'new' WHERE id = 5; DELETE FROM users WHERE id = 6")
                let record = try await running.recorder.wait { $0.streamed.contains { $0.kind == .delete } }
                #expect(record.read.count == 1000)
                #expect(record.chunksFinished == Set(0..<10))
                let rows = record.table("public.users")
                #expect(rows.count == 999)
                #expect(rows[["5"]] == ["5", "new", "1.25"])
            }
        }
    }
}

import Change
import Connector
import PostgresClient
import Testing

@testable import SourceConnectors

/// What a pipeline finds at the source when it begins anew after a gap, and how the gap is noticed before.
@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(2))) struct BeginningAnewTests {
    private static let table = "CREATE TABLE t (id int PRIMARY KEY, a text)"

    private func prepare(_ database: Database, from checkpoint: SourceCheckpoint?) async throws -> SourceStart {
        try await Running.makeSource(database, [Running.name("public.t")]).prepare(resumingFrom: checkpoint)
    }

    private func checkpoint(of start: SourceStart) -> SourceCheckpoint {
        SourceCheckpoint(identity: start.identity, progress: start.progress)
    }

    @Test func aSlotWhoseLogIsGoneIsMadeAnewWhereNothingResumesFromIt() async throws {
        try await PrivateServer.with(["max_slot_wal_keep_size=1MB"]) { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute(Self.table)
                let known = try await prepare(database, from: nil)
                for _ in 0..<4 {
                    _ = try await database.query("SELECT pg_switch_wal()")
                    try await database.execute(
                        "INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n")
                    try await database.execute("TRUNCATE t; CHECKPOINT")
                }
                await #expect(throws: MillraceError.self) { try await prepare(database, from: checkpoint(of: known)) }
                let begun = try await prepare(database, from: nil)
                #expect(begun.progress > known.progress)
                let resumed = try await prepare(database, from: checkpoint(of: begun))
                #expect(resumed.progress == begun.progress)
            }
        }
    }

    @Test func aServerThatIsAnOlderCopyOfItselfIsNoticed() async throws {
        try await PrivateServer.with { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute(Self.table)
                var known = checkpoint(of: try await prepare(database, from: nil))
                database.close()
                try await server.keepCopy()
                try await database.execute("INSERT INTO t SELECT n, 'x' FROM generate_series(1, 1000) n")
                let end = try await database.scalar("SELECT pg_current_wal_flush_lsn()")
                known.progress.end = try #require(end.flatMap { LSN($0) }).rawValue
                known.progress.commit = known.progress.end / 8
                #expect(try await prepare(database, from: known).progress == known.progress)
                database.close()
                try await server.goBackToCopy()
                let error = await #expect(throws: MillraceError.self) { try await prepare(database, from: known) }
                #expect(error?.code == .positionLost)
                #expect(error?.message.contains("older copy of itself") == true)
                #expect(error?.message.contains("`millrace checkpoint reset`") == true)
            }
        }
    }

    @Test func aPublicationThatIsGoneIsAGapAndAPipelineThatBeginsAnewGetsPastIt() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            let known = try await prepare(database, from: nil)
            let publication = try await database.scalar("SELECT min(pubname) FROM pg_publication") ?? ""
            try await database.execute("DROP PUBLICATION \(publication); INSERT INTO t VALUES (1, 'unseen')")
            let error = await #expect(throws: MillraceError.self) {
                try await prepare(database, from: checkpoint(of: known))
            }
            #expect(error?.code == .positionLost)
            #expect(error?.message.contains("publication was dropped") == true)
            // The slot still has the change from before the publication, at which the server would stop.
            try await Running.stream(database, ["public.t"]) { running in
                try await database.execute("INSERT INTO t VALUES (2, 'seen')")
                let seen = try await running.recorder.wait { !$0.seen.isEmpty }
                #expect(seen.seen.count == 1)
            }
        }
    }

    @Test func aTransactionFromBeforeANewPublicationIsNotMetInTheLog() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            _ = try await prepare(database, from: nil)
            for name in try await database.query("SELECT pubname FROM pg_publication").compactMap(\.first) {
                try await database.execute("DROP PUBLICATION \(name ?? "")")
            }
            try await database.execute("BEGIN; INSERT INTO t VALUES (1, 'older than the publication')", session: 1)
            async let end: Void = {
                let isHeld =
                    "SELECT bool_or(active_pid IS NOT NULL) FROM pg_replication_slots "
                    + "WHERE database = current_database()"
                try await database.wait(until: "SELECT count(*) = 2 AND (\(isHeld)) FROM pg_publication")
                try await database.execute("COMMIT", session: 1)
            }()
            try await Running.stream(database, ["public.t"]) { running in
                try await database.wait(until: "SELECT count(*) = 1 FROM t")
                try await database.execute("INSERT INTO t VALUES (2, 'seen')")
                let seen = try await running.recorder.wait { !$0.seen.isEmpty }
                #expect(seen.seen.count == 1)
            }
            try await end
        }
    }
}

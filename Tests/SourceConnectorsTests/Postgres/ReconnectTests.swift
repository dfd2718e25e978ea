import Change
import Connector
import ConnectorTestKit
import Foundation
import PostgresClient
import Testing
import Threads

@testable import SourceConnectors

/// What the source does when connections, slots and servers fail.
@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(2))) struct ReconnectTests {
    private static let table = "CREATE TABLE t (id int PRIMARY KEY, a text)"

    private static let endWalsender = """
        SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
        WHERE database = current_database() AND active_pid IS NOT NULL
        """

    @Test func aConnectionThatEndsInMidTransactionLosesAndRepeatsNothing() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            // A small handover keeps most of the transaction on the way when the connection ends.
            try await Running.stream(database, ["public.t"], handoverBytes: 100_000) { running in
                try await database.execute("INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, 50000) n")
                for seen in [1_000, 20_000, 40_000] {
                    _ = try await running.recorder.wait { $0.seen.count >= seen }
                    _ = try await database.query(Self.endWalsender)
                }
                let record = try await running.recorder.wait { $0.transactions.contains { $0.id != 0 } }
                #expect(record.seen.count == 50_000)
                #expect(record.seen.map(\.ordinal) == (0..<50_000).map(UInt64.init))
                #expect(Set(record.seen.map(\.commit)).count == 1)
                #expect(record.seen.enumerated().allSatisfy { $0.element.new[0] == String($0.offset + 1) })
            }
        }
    }

    @Test func whatIsAskedOfASourceThatFallsSilentEndsInTimeAndIsAnsweredAfterwards() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            let server = try #require(URLComponents(string: database.url))
            let proxy = try await FaultProxy(to: try #require(server.port))
            var url = server
            (url.host, url.port) = ("127.0.0.1", proxy.port)
            let through = Database(name: database.name, url: try #require(url.string))
            let usual = try Running.makeSource(through, [Running.name("public.t")])
            var options = usual.options
            options.settings.patience = .milliseconds(500)
            let source = PostgresSource(options: options, tables: usual.tables, logger: usual.logger)
            _ = try await source.prepare(resumingFrom: nil)
            proxy.blackHole()
            let begun = ContinuousClock.now
            for _ in 0..<2 {
                // The first is asked on a session that was there; connecting has a time limit of its own.
                let error = await #expect(throws: MillraceError.self) {
                    _ = try await source.planSnapshot(of: Running.name("public.t"))
                }
                #expect(error?.code == .sourceUnavailable, "\(String(describing: error))")
            }
            #expect(ContinuousClock.now - begun < .seconds(30))
            proxy.heal()
            proxy.cut()
            #expect(try await source.planSnapshot(of: Running.name("public.t")).chunkCount == 1)
            try await proxy.stop()
        }
    }

    @Test func anIdlePipelineAdvancesBesideBusyTablesThatItDoesNotRead() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table + "; CREATE TABLE busy (id int)")
            try await Running.stream(database, ["public.t"]) { running in
                try await database.execute("INSERT INTO busy SELECT generate_series(1, 50000)")
                let written = try #require(try await database.scalar("SELECT pg_current_wal_lsn() - '0/0'"))
                let end = try #require(UInt64(written))
                let record = try await running.recorder.wait { ($0.transactions.last?.end ?? 0) >= end }
                let last = try #require(record.transactions.last)
                #expect(record.seen.isEmpty && last.changes.isEmpty && last.id == 0)
                running.source.acknowledge(
                    SourceProgress(commit: last.commit, end: try #require(last.end)), of: .main)
                try await database.wait(
                    until: """
                        SELECT confirmed_flush_lsn - '0/0' >= \(end) FROM pg_replication_slots
                        WHERE database = current_database()
                        """)
                // A transaction whose commit follows directly is not hidden by the position that was made up.
                try await database.execute("INSERT INTO t VALUES (1, 'a')")
                let next = try await running.recorder.wait { !$0.seen.isEmpty }
                #expect(next.seen[0].commit > last.commit)
            }
        }
    }

    @Test func nothingIsAcknowledgedBeforeTheEngineSaysSo() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            try await Running.stream(database, ["public.t"]) { running in
                try await database.execute("INSERT INTO t VALUES (1, 'a')")
                let record = try await running.recorder.wait { !$0.transactions.filter { $0.id != 0 }.isEmpty }
                let confirmed = """
                    SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE database = current_database()
                    """
                #expect(try await database.scalar(confirmed) == String(running.start.progress.end))
                let last = try #require(record.transactions.last)
                let progress = SourceProgress(commit: last.commit, end: try #require(last.end))
                running.source.acknowledge(progress, of: .main)
                // An older acknowledgement changes nothing.
                running.source.acknowledge(running.start.progress, of: .main)
                try await database.wait(
                    until: """
                        SELECT confirmed_flush_lsn - '0/0' = \(progress.end) FROM pg_replication_slots
                        WHERE database = current_database()
                        """)
            }
        }
    }

    @Test func theConnectionLivesWhileTheHandoverIsFull() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            try await database.execute("ALTER DATABASE \(database.name) SET wal_sender_timeout = '1500ms'")
            let source = try Running.makeSource(database, [Running.name("public.t")])
            let start = try await source.prepare(resumingFrom: nil)
            let handover = Handover<ChangeBatch>(byteLimit: 1_000)
            let recorder = Recorder()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await source.stream(.main, after: start.progress, into: handover) }
                try await database.execute("INSERT INTO t SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n")
                let walsender = """
                    SELECT active_pid FROM pg_replication_slots WHERE database = current_database()
                        AND active_pid IS NOT NULL
                    """
                try await database.wait(until: "SELECT EXISTS (\(walsender))")
                let before = try await database.scalar(walsender)
                // Nobody takes anything for more than twice the server's timeout.
                _ = try await database.query("SELECT pg_sleep(4)")
                #expect(try await database.scalar(walsender) == before)
                group.addTask { try await recorder.take(from: handover) }
                let record = try await recorder.wait { $0.seen.count >= 20_000 }
                #expect(record.seen.count == 20_000)
                #expect(try await database.scalar(walsender) == before)
                group.cancelAll()
            }
        }
    }

    @Test func aRestartContinuesAfterTheCheckpointAndNotBefore() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            let checkpoint = try await Running.stream(database, ["public.t"]) { running in
                for id in 1...5 { try await database.execute("INSERT INTO t VALUES (\(id), 'a')") }
                let record = try await running.recorder.wait { $0.transactions.filter { $0.id != 0 }.count == 5 }
                let third = try #require(record.transactions.first { $0.commit == record.seen[2].commit })
                return SourceCheckpoint(
                    identity: running.start.identity,
                    progress: SourceProgress(commit: third.commit, end: try #require(third.end)))
            }
            try await Running.stream(database, ["public.t"], from: checkpoint) { running in
                let record = try await running.recorder.wait { $0.seen.count >= 2 }
                #expect(record.seen.map { $0.new[0] } == ["4", "5"])
            }
        }
    }

    @Test func aServerThatCrashesAndRestartsIsFollowedOn() async throws {
        try await PrivateServer.with { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute(Self.table)
                try await Running.stream(database, ["public.t"]) { running in
                    try await database.execute("INSERT INTO t VALUES (1, 'a')")
                    _ = try await running.recorder.wait { $0.seen.count == 1 }
                    database.close()
                    try await server.stop("immediate")
                    try await server.start()
                    try await database.execute("INSERT INTO t VALUES (2, 'a')")
                    let record = try await running.recorder.wait { $0.seen.count >= 2 }
                    #expect(record.seen.map { $0.new[0] } == ["1", "2"])
                    database.close()
                    try await server.stop("fast")
                    try await server.start()
                    try await database.execute("INSERT INTO t VALUES (3, 'a')")
                    let last = try await running.recorder.wait { $0.seen.count >= 3 }
                    #expect(last.seen.map { $0.new[0] } == ["1", "2", "3"])
                }
            }
        }
    }

    @Test func aDetachedFeedReadsItsOwnCopyOfTheSlot() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            try await Running.stream(database, ["public.t"]) { running in
                for id in 1...4 { try await database.execute("INSERT INTO t VALUES (\(id), 'a')") }
                let record = try await running.recorder.wait { $0.transactions.filter { $0.id != 0 }.count == 4 }
                let second = try #require(record.transactions.first { $0.commit == record.seen[1].commit })
                let progress = SourceProgress(commit: second.commit, end: try #require(second.end))
                let recorder = Recorder()
                let handover = Handover<ChangeBatch>(byteLimit: 1 << 20)
                let feed = Feed.detached(sink: "Slow-sink")
                try await Running.following(recorder, handover) {
                    try await running.source.stream(feed, after: progress, into: handover)
                } while: {
                    let seen = try await recorder.wait { $0.seen.count >= 2 }
                    #expect(seen.seen.map { $0.new[0] } == ["3", "4"])
                }
                let slots = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
                #expect(try await database.scalar(slots) == "2")
                try await running.source.endFeed(feed)
                #expect(try await database.scalar(slots) == "1")
            }
        }
    }
}

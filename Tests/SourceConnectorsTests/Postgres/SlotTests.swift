import Change
import Connector
import PostgresClient
import Testing
import Threads

@testable import SourceConnectors

/// Every way in which a slot or a server is not what the checkpoint needs is an error of its own.
@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(2))) struct SlotTests {
    private static let table = "CREATE TABLE t (id int PRIMARY KEY, a text)"

    /// The error that preparing throws.
    private func failure(
        _ database: Database, from checkpoint: SourceCheckpoint?, options: [String: OptionValue] = [:],
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) async throws -> MillraceError? {
        let source = try Running.makeSource(database, [Running.name("public.t")], options: options)
        return await #expect(throws: MillraceError.self, sourceLocation: sourceLocation) {
            _ = try await source.prepare(resumingFrom: checkpoint)
        }
    }

    private func prepared(_ database: Database) async throws -> SourceCheckpoint {
        try await database.execute(Self.table)
        let start = try await Running.makeSource(database, [Running.name("public.t")]).prepare(resumingFrom: nil)
        return SourceCheckpoint(identity: start.identity, progress: start.progress)
    }

    @Test func aSlotThatIsGoneIsNotCreatedAgain() async throws {
        try await Lab.withDatabase { database in
            let checkpoint = try await prepared(database)
            _ = try await database.query("SELECT pg_drop_replication_slot('\(database.name)_test')")
            let error = try await failure(database, from: checkpoint)
            #expect(error?.code == .positionLost)
            #expect(error?.message.contains("does not exist") == true)
        }
    }

    @Test func aSlotThatWasCreatedAgainIsAheadOfTheCheckpoint() async throws {
        try await Lab.withDatabase { database in
            let checkpoint = try await prepared(database)
            let slot = "\(database.name)_test"
            _ = try await database.query("SELECT pg_drop_replication_slot('\(slot)')")
            _ = try await database.query("SELECT pg_create_logical_replication_slot('\(slot)', 'pgoutput')")
            let error = try await failure(database, from: checkpoint)
            #expect(error?.code == .positionLost)
            #expect(error?.message.contains("ahead of the checkpoint") == true)
        }
    }

    @Test func aSlotOfAnotherPluginOrDatabaseIsRefused() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            let slot = "\(database.name)_test"
            _ = try await database.query("SELECT pg_create_logical_replication_slot('\(slot)', 'test_decoding')")
            let plugin = try await failure(database, from: nil)
            #expect(plugin?.code == .sourceRejected && plugin?.message.contains("test_decoding") == true)
            try await Lab.withDatabase { other in
                try await other.execute(Self.table)
                let foreign = try await failure(other, from: nil, options: ["slot": .text(slot)])
                #expect(foreign?.code == .sourceRejected && foreign?.message.contains(database.name) != true)
            }
        }
    }

    @Test func anotherServerTimelineDatabaseOrSlotIsNotTheSource() async throws {
        try await Lab.withDatabase { database in
            let checkpoint = try await prepared(database)
            for part in ["system", "timeline", "database", "slot"] {
                var other = checkpoint
                other.identity.parts[part] = "other"
                let error = try await failure(database, from: other)
                #expect(error?.code == .sourceChanged && error?.message.contains(part) == true)
            }
        }
    }

    @Test func aPromotedServerIsAnotherTimelineAlsoForARunningStream() async throws {
        try await PrivateServer.with { server in
            try await Lab.withDatabase(at: server.url) { database in
                try await database.execute(Self.table)
                let error = await #expect(throws: MillraceError.self) {
                    try await Running.stream(database, ["public.t"]) { running in
                        try await database.execute("INSERT INTO t VALUES (1, 'a')")
                        _ = try await running.recorder.wait { $0.seen.count == 1 }
                        database.close()
                        try await server.promote()
                        _ = try await running.recorder.wait { $0.seen.count == 2 }
                    }
                }
                #expect(error?.code == .sourceChanged && error?.message.contains("timeline") == true)
            }
        }
    }

    @Test func aSlotInUseIsWaitedForAndThenItsHolderIsNamed() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            try await database.execute("ALTER DATABASE \(database.name) SET wal_sender_timeout = '2s'")
            try await Running.stream(database, ["public.t"]) { running in
                try await database.execute("INSERT INTO t VALUES (1, 'a')")
                _ = try await running.recorder.wait { $0.seen.count == 1 }
                let holder = try await database.scalar(
                    "SELECT active_pid FROM pg_replication_slots WHERE database = current_database()")
                let error = try await failure(database, from: nil)
                #expect(error?.code == .slotInUse)
                #expect(error?.message.contains(try #require(holder)) == true)
                #expect(error?.message.contains("millrace test") == true)
            }
        }
    }

    @Test func aSlotThatIsFreedInTimeIsTaken() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            let source = try Running.makeSource(database, [Running.name("public.t")])
            let start = try await Running.stream(database, ["public.t"]) { running in
                try await database.wait(
                    until: "SELECT active_pid IS NOT NULL FROM pg_replication_slots WHERE database = current_database()"
                )
                return Task { try await source.prepare(resumingFrom: nil) }
            }
            #expect(try await start.value.tables.count == 1)
        }
    }

    @Test func aSlotThatIsDroppedWhileItStreamsEndsTheStream() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table)
            let error = await #expect(throws: MillraceError.self) {
                try await Running.stream(database, ["public.t"]) { running in
                    try await database.execute("INSERT INTO t VALUES (1, 'a')")
                    _ = try await running.recorder.wait { $0.seen.count == 1 }
                    try await database.execute(
                        """
                        -- The stream connects again at once: the slot is dropped in the moment between.
                        DO $$ BEGIN
                            LOOP
                                BEGIN
                                    PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
                                        WHERE database = current_database() AND active_pid IS NOT NULL;
                                    PERFORM pg_drop_replication_slot('\(database.name)_test');
                                    EXIT;
                                EXCEPTION WHEN object_in_use THEN
                                END;
                            END LOOP;
                        END $$
                        """)
                    _ = try await running.recorder.wait { $0.seen.count == 2 }
                }
            }
            #expect(error?.code == .positionLost)
        }
    }

    @Test func aSlotWhoseLogWasRemovedIsLost() async throws {
        try await PrivateServer.with(["max_slot_wal_keep_size=1MB"]) { server in
            try await Lab.withDatabase(at: server.url) { database in
                let checkpoint = try await prepared(database)
                for _ in 0..<4 {
                    _ = try await database.query("SELECT pg_switch_wal()")
                    try await database.execute(
                        "INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n")
                    try await database.execute("TRUNCATE t; CHECKPOINT")
                }
                let error = try await failure(database, from: checkpoint)
                #expect(error?.code == .positionLost)
                #expect(error?.message.contains("max_slot_wal_keep_size") == true)
            }
        }
    }

    @Test func wrongCredentialsAreARefusalAndAServerThatIsAwayIsNot() async throws {
        try await Lab.withDatabase { database in
            let wrong = Database(name: database.name, url: database.url.replacing("postgres@", with: "nobody_here@"))
            let refusal = try await failure(wrong, from: nil)
            #expect(refusal?.code == .sourceRejected)
            let away = Database(name: database.name, url: "postgresql://postgres@127.0.0.1:1/none")
            let absence = try await failure(away, from: nil)
            #expect(absence?.code == .sourceUnavailable)
        }
    }

    @Test func removingLeavesNothingBehind() async throws {
        try await Lab.withDatabase { database in
            try await database.execute(Self.table + "; CREATE PUBLICATION somebodys FOR TABLE t")
            let source = try Running.makeSource(database, [Running.name("public.t")])
            _ = try await source.prepare(resumingFrom: nil)
            #expect(try await database.scalar("SELECT count(*) FROM pg_publication") == "3")
            try await source.remove()
            try await source.remove()
            #expect(try await database.scalar("SELECT string_agg(pubname, ',') FROM pg_publication") == "somebodys")
            #expect(
                try await database.scalar(
                    "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == "0")
        }
    }
}

import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// What PostgreSQL, its slot, its publication and the way to it may suffer.
    @Suite struct SourceFaultTests {
        private static let slots = "pg_replication_slots WHERE database = current_database()"

        @Test func restartsOfTheSourceLoseAndRepeatNothing() async throws {
            try await FirePipeline.runUntilEqual { fire, _ in
                try await fire.write(100, seed: 1)
                try await fire.lab.stop("postgres")
                try await fire.lab.up("postgres")
                try await fire.write(100, seed: 2)
                try await fire.lab.stopPostgresImmediately()
                try await fire.lab.up("postgres")
                try await fire.write(100, seed: 3)
                try await fire.lab.kill("postgres")
                try await fire.lab.up("postgres")
                try await fire.write(100, seed: 4)
            }
        }

        @Test func terminatedBackendsAreReplacedInMidSnapshotAndInMidTransaction() async throws {
            try await FirePipeline.run(users: 2_000, orders: 6_000) { fire in
                let process = try fire.start()
                let terminate = """
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE 'millrace%'
                    """
                for round in 1...Scale.rounds(4) {
                    try await Eventually.require("a backend of Millrace was there") {
                        try await fire.shop.sql(terminate) != "0"
                    }
                    try await fire.write(200, seed: round)
                }
                try await fire.expectEqual(process)
            }
        }

        @Test func aSlotDroppedWhileStreamingStopsThePipelineUntilItIsReset() async throws {
            try await FirePipeline.run { fire in
                let process = try fire.start()
                try await fire.catchUp()
                try await dropSlot(fire)
                try await fire.write(50, seed: 1, deleting: false)
                try await fire.expectStop(
                    process, saying: "does not exist", "millrace checkpoint reset")
                let again = try fire.start()
                try await fire.expectStop(again, saying: "the replication slot does not exist any more")
                try await fire.expectEqual(try await fire.reset())
            }
        }

        @Test func aSlotCreatedAgainIsNotTakenForTheOneThatWasLost() async throws {
            try await FirePipeline.run { fire in
                let process = try fire.start()
                try await fire.catchUp()
                #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
                let name = try await fire.shop.sql("SELECT slot_name FROM \(Self.slots)")
                try await fire.shop.sql("SELECT pg_drop_replication_slot('\(name)')")
                try await fire.write(50, seed: 1, deleting: false)
                try await fire.shop.sql("SELECT pg_create_logical_replication_slot('\(name)', 'pgoutput')")
                let again = try fire.start()
                try await fire.expectStop(
                    again, saying: "the replication slot is ahead of the checkpoint", "millrace checkpoint reset")
                try await fire.expectEqual(try await fire.reset())
            }
        }

        @Test func aPublicationDroppedWhileStreamingStopsThePipelineUntilItIsReset() async throws {
            try await FirePipeline.run { fire in
                let process = try fire.start()
                try await fire.catchUp()
                for name in try await fire.shop.sql("SELECT pubname FROM pg_publication").split(separator: "\n") {
                    try await fire.shop.sql("DROP PUBLICATION \(name)")
                }
                try await fire.write(50, seed: 1, deleting: false)
                try await fire.expectStop(process, saying: "publication", "millrace checkpoint reset")
                try await fire.expectEqual(try await fire.reset())
            }
        }

        @Test func tornConnectionsLoseAndRepeatNothing() async throws {
            try await FirePipeline.run(users: 1_000, orders: 3_000) { fire in
                fire.postgres.tear(afterBytes: 200...200_000, seed: 11)
                let process = try fire.start()
                for round in 1...Scale.rounds(4) { try await fire.write(150, seed: round) }
                try await Eventually.require("connections were torn") { fire.postgres.connectionCount > 20 }
                try await fire.expectEqual(process)
            }
        }

        @Test func aConnectionThatGoesSilentIsGivenUpAndMadeAgain() async throws {
            try await FirePipeline.runUntilEqual { fire, process in
                fire.postgres.blackHole()
                try await fire.write(50, seed: 1)
                try await Eventually.require("the silence is noticed") { process.output.contains("connecting again") }
                fire.postgres.heal()
                try await fire.catchUp()
                fire.postgres.delay(.milliseconds(300))
                try await fire.write(50, seed: 2)
                try await fire.catchUp()
                fire.postgres.heal()
                // Slower than it comes, for long enough that the server's own patience is tried.
                fire.postgres.slow(.toClient, bytesPerSecond: Scale.pace(40_000))
                try await fire.write(400, seed: 3)
                try await fire.catchUp()
            }
        }

        /// While nobody can connect, so that Millrace does not take the slot up again first.
        private func dropSlot(_ fire: FirePipeline) async throws {
            fire.postgres.refuse()
            defer { fire.postgres.heal() }
            try await Eventually.require("the slot is dropped") {
                try await fire.shop.sql("SELECT pg_terminate_backend(active_pid, 5000) FROM \(Self.slots) AND active")
                _ = try? await fire.shop.sql("SELECT pg_drop_replication_slot(slot_name) FROM \(Self.slots)")
                return try await fire.shop.sql("SELECT count(*) FROM \(Self.slots)") == "0"
            }
        }
    }
}

import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// What the process itself and its disk may suffer.
    @Suite struct ProcessFaultTests {
        @Test func aProcessThatWasStoppedForLongGoesOnAndNobodyTookItsPlace() async throws {
            try await FirePipeline.runUntilEqual { fire, process in
                try await fire.write(100, seed: 1)
                process.send(SIGSTOP)
                // The server gives the silent connection up.
                try await Eventually.require("the server has let go of the slot") {
                    try await fire.shop.sql("SELECT count(*) FROM pg_replication_slots WHERE active") == "0"
                }
                try await fire.write(100, seed: 2)
                let second = try fire.shop.start([fire.file], log: "second.log")
                #expect(try await second.end(within: .seconds(60)) == 4)
                #expect(second.output.contains("is already run by process \(process.identifier)"))
                process.send(SIGCONT)
                try await fire.write(100, seed: 3)
            }
        }

        @Test func aKilledHoldersLockPassesOnAtOnce() async throws {
            try await FirePipeline.run { fire in
                let first = try fire.start()
                try await fire.catchUp()
                first.send(SIGSTOP)
                try await fire.write(100, seed: 1)
                await first.end(with: SIGKILL)
                let second = try fire.start()
                try await fire.write(100, seed: 2)
                try await fire.expectEqual(second)
            }
        }

        /// Rows wide enough that a sink which takes none of them holds the stream up.
        @Test func aSinkThatIsDownForLongLeavesTheOtherWithinItsLatency() async throws {
            try await FirePipeline.runUntilEqual(changing: FirePipeline.wideUsers) { fire, _ in
                try await fire.shop.sql("ALTER TABLE users ALTER password_hash TYPE text")
                fire.elasticsearch.refuse()
                for round in 1...8 {
                    try await fire.shop.sql("UPDATE users SET password_hash = repeat('\(round)', 20000)")
                }
                try await Eventually.require("the sink goes on by a feed of its own") {
                    fire.log.contains("it goes on by a feed of its own")
                }
                let id = try await fire.shop.sql("SELECT id FROM users ORDER BY id DESC LIMIT 1")
                try await fire.shop.sql("UPDATE users SET phone = 'all of them'")
                try await Eventually.require("Redis has what was wide") {
                    try await fire.shop.redis("HGET", "user:\(id)", "phone") == "all of them"
                }
                for round in 1...Scale.rounds(5) {
                    try await fire.shop.sql("UPDATE users SET phone = 'late \(round)' WHERE id = '\(id)'")
                    try await expectInTime("late \(round)", of: id, fire)
                }
                // What Elasticsearch lacks is not given up by the source.
                let kept = try await fire.shop.sql(
                    "SELECT min(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)) > 0 FROM pg_replication_slots"
                )
                #expect(kept == "t")
                fire.elasticsearch.heal()
                try await fire.catchUp()
                try await Eventually.require("one feed is enough again") {
                    try await fire.shop.sql("SELECT count(*) FROM pg_replication_slots") == "1"
                }
            }
        }

        /// The first time it was never fed, the second time it was.
        @Test func aSinkThatIsSilentAtTheStartLeavesTheOtherWithinItsLatency() async throws {
            try await FirePipeline.run { fire in
                for start in 1...2 {
                    fire.elasticsearch.blackHole()
                    let process = try fire.start()
                    let id = try await fire.shop.sql("SELECT id FROM users ORDER BY id DESC LIMIT 1")
                    try await Eventually.require("Redis has the rows", within: .seconds(45)) {
                        try await fire.shop.redis("EXISTS", "user:\(id)") == "1"
                    }
                    for round in 1...Scale.rounds(3) {
                        let word = "start \(start) round \(round)"
                        try await fire.shop.sql("UPDATE users SET phone = '\(word)'")
                        try await expectInTime(word, of: id, fire)
                    }
                    #expect(fire.log.contains("beginning without a sink that does not answer"))
                    let status = try await fire.shop.millrace("status", "fire").output
                    #expect(
                        !status.contains("running, caught up") && status.contains("left alone for now"), "\(status)")
                    fire.elasticsearch.heal()
                    try await fire.write(50, seed: start)
                    guard start == 2 else {
                        try await fire.catchUp()
                        #expect(await process.end(with: SIGTERM) == 0, "\(fire.lastLines)")
                        continue
                    }
                    try await fire.expectEqual(process)
                }
            }
        }

        /// While rows wait for a sink, what is committed meanwhile does not.
        @Test func aSlowFirstLoadOfOneSinkLeavesTheOtherWithinItsLatency() async throws {
            try await FirePipeline.run(users: 1_500, changing: FirePipeline.wideUsers) { fire in
                try await fire.shop.sql("ALTER TABLE users ALTER first_name TYPE text")
                try await fire.shop.sql("UPDATE users SET first_name = repeat('wide ', 4000)")
                fire.elasticsearch.slow(.toServer, bytesPerSecond: 200_000)
                let process = try fire.start()
                try await Eventually.require("Redis is loaded") { try await fire.shop.redis("DBSIZE") != "0" }
                for round in 1...Scale.rounds(10) {
                    let id = try await fire.shop.sql(
                        "UPDATE users SET phone = 'round \(round)' WHERE id = (SELECT min(id::text) FROM users)::uuid RETURNING id"
                    )
                    try await expectInTime("round \(round)", of: id, fire)
                    try await Task.sleep(for: .seconds(1))
                }
                let status = try await fire.shop.millrace("status", "fire").output
                #expect(!status.contains("running, caught up"), "the load is still under way\n\(status)")
                try await fire.expectEqual(process)
            }
        }

        @Test func aFullDiskStopsAcknowledgingAndNothingElse() async throws {
            try await FirePipeline.run { fire in
                var shop = fire.shop
                let disk = try SmallDisk(at: shop.state)
                let process = try disk.start(shop, fire.file)
                fire.adopt(process)
                shop.entering = disk.entering(process)
                try await shop.waitUntilCaughtUp(process)
                try await disk.fill(process)
                try await fire.write(100, seed: 1)
                try await Eventually.require("the failure is told") {
                    fire.log.contains("the checkpoint cannot be saved; nothing is acknowledged until it can")
                }
                let acknowledged = "SELECT confirmed_flush_lsn FROM pg_replication_slots"
                let before = try await fire.shop.sql(acknowledged)
                try await fire.write(100, seed: 2)
                let id = try await fire.shop.sql("SELECT id FROM users WHERE email LIKE 'fire.2.%' LIMIT 1")
                try await Eventually.require("the sinks are fed meanwhile") {
                    try await fire.shop.redis("EXISTS", "user:\(id)") == "1"
                }
                #expect(try await fire.shop.sql(acknowledged) == before)
                try await disk.empty(process)
                try await shop.waitUntilCaughtUp(process)
                #expect(try await fire.shop.sql(acknowledged) != before)
                #expect(try await shop.compare().contains("The rows agree."))
                #expect(await process.end(with: SIGTERM) == 0, "\(fire.lastLines)")
            }
        }

        @Test func aReadOnlyDiskIsRefusedBeforeAnythingIsWritten() async throws {
            try await FirePipeline.run { fire in
                let disk = try SmallDisk(at: fire.shop.state)
                let process = try disk.start(fire.shop, fire.file, options: "ro")
                fire.adopt(process)
                try await fire.expectStop(process, status: 6, saying: fire.shop.state, "Read-only file system")
                #expect(try await fire.shop.sql("SELECT count(*) FROM pg_replication_slots") == "0")
            }
        }

        /// Waits until Redis has the phone number of a user that was committed just now, which takes less than five seconds.
        private func expectInTime(
            _ phone: String, of id: String, _ fire: FirePipeline, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let begun = ContinuousClock.now
            try await Eventually.require(
                "Redis has the change", within: .seconds(30), sourceLocation: sourceLocation
            ) {
                try await fire.shop.redis("HGET", "user:\(id)", "phone") == phone
            }
            #expect(ContinuousClock.now - begun < .seconds(5), sourceLocation: sourceLocation)
        }
    }
}

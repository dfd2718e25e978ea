import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// The real process, killed at every place where it matters and at random moments, and started again.
    @Suite struct CrashTests {
        @Test func aProcessKilledAnywhereEndsWithEveryRowEqual() async throws {
            var plan = CrashPlan()
            while let rounds = plan.nextRounds() {
                try await FirePipeline.run(users: 300, orders: 900) { fire in
                    var writes = 0
                    for _ in 0..<rounds { try await round(fire, &plan, writes: &writes) }
                }
            }
        }

        private func round(_ fire: FirePipeline, _ plan: inout CrashPlan, writes: inout Int) async throws {
            for crash in plan.nextRound() { try await self.crash(fire, crash, writes: &writes, seed: plan.seed) }
            try await plan.kill(try fire.start()) {
                writes += 1
                try await fire.write(60, seed: writes)
            }
            let process = try fire.start()
            try await fire.catchUp()
            let verdict = try await fire.shop.compare()
            #expect(verdict.contains("The rows agree."), "seed \(plan.seed)")
            #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
        }

        /// A crash while a sink has a feed of its own, and one at the moment that it comes back from it.
        @Test func aProcessKilledWhileASinkIsBehindEndsWithEveryRowEqual() async throws {
            try await FirePipeline.run(changing: FirePipeline.wideUsers) { fire in
                try await fire.shop.sql("ALTER TABLE users ALTER password_hash TYPE text")
                for (point, passage) in [("while-detached", 2), ("at-hand-over", 1)] {
                    let process = try fire.start(environment: ["MILLRACE_CRASH_AT": "\(point):\(passage)"])
                    try await fire.catchUp()
                    fire.elasticsearch.refuse()
                    for round in 1...8 {
                        try await fire.shop.sql("UPDATE users SET password_hash = repeat('\(round)', 20000)")
                    }
                    try await Eventually.require("the sink goes on by a feed of its own") {
                        !process.isRunning || fire.log.contains("it goes on by a feed of its own")
                    }
                    fire.elasticsearch.heal()
                    let status = try await process.end(within: .seconds(90))
                    #expect(status == SIGKILL, "\(point)")
                }
                try await fire.expectEqual(try fire.start())
            }
        }

        private func crash(
            _ fire: FirePipeline, _ crash: CrashPlan.Crash, writes: inout Int, seed: UInt64
        ) async throws {
            let process = try fire.start(environment: crash.environment)
            try await crash.kill(process, seed: seed) {
                writes += 1
                switch crash.point {
                case .midChunk, .afterChunk:
                    // It may die before it answers.
                    _ = try await fire.shop.millrace("snapshot", "fire", "public.users", "public.orders")
                case .midTruncate: try await fire.shop.sql("TRUNCATE orders CASCADE")
                case .midTransaction, .afterRead, .afterSink, .afterMarker, .afterCheckpoint, .beforeAcknowledgement:
                    break
                }
                // More rows in one transaction than one batch holds.
                try await fire.write(crash.point == .midTransaction ? 1_500 : 60, seed: writes)
            }
        }
    }
}

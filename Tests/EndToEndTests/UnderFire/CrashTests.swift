import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// The real process, killed at every place where it matters and at random moments, and started again.
    ///
    /// `make crash ROUNDS=500 SEED=7` runs more rounds from a seed of one's own.
    @Suite struct CrashTests {
        /// Where a debug build dies on order, see `CrashPoint`; and what makes it pass there.
        private enum Point: String, CaseIterable {
            case afterRead = "after-read"
            case midTransaction = "mid-transaction"
            case midChunk = "mid-chunk"
            case afterChunk = "after-chunk"
            case afterSink = "after-sink"
            case midTruncate = "mid-truncate"
            case afterMarker = "after-marker"
            case afterCheckpoint = "after-checkpoint"
            case beforeAcknowledgement = "before-acknowledgement"

            var isOfSnapshot: Bool { self == .midChunk || self == .afterChunk }
            /// How often it is passed at the least while what provokes it is done once.
            var passages: Int { self == .midTruncate || self == .midTransaction ? 1 : 3 }
        }

        private static var seed: UInt64 {
            ProcessInfo.processInfo.environment["MILLRACE_CRASH_SEED"].flatMap { UInt64($0) }
                ?? UInt64.random(in: 1...999_999)
        }

        private static var rounds: Int {
            ProcessInfo.processInfo.environment["MILLRACE_CRASH_ROUNDS"].flatMap { Int($0) } ?? 5
        }

        @Test(.timeLimit(.minutes(24 * 60))) func aProcessKilledAnywhereEndsWithEveryRowEqual() async throws {
            let seed = Self.seed
            print("crash harness: MILLRACE_CRASH_SEED=\(seed)")
            var random = SeededNumbers(seed: seed)
            try await FirePipeline.run(users: 300, orders: 900) { fire in
                var left: [Point] = []
                var writes = 0
                for round in 1...Self.rounds {
                    // Two points a round, until each had its turn; then they come again in another order.
                    for _ in 0..<2 {
                        if left.isEmpty { left = Point.allCases.shuffled(using: &random) }
                        let point = left.removeLast()
                        let passage = Int.random(in: 1...point.passages, using: &random)
                        try await crash(fire, at: point, passage: passage, writes: &writes, seed: seed)
                    }
                    try await kill(fire, after: .milliseconds(Int.random(in: 0...1_500, using: &random)), writes: &writes)
                    let process = try fire.start()
                    try await fire.catchUp()
                    let verdict = try await fire.shop.compare()
                    #expect(verdict.contains("The rows agree."), "seed \(seed), round \(round)")
                    #expect(await process.end(with: SIGTERM) == 0)
                }
            }
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
            _ fire: FirePipeline, at point: Point, passage: Int, writes: inout Int, seed: UInt64
        ) async throws {
            let process = try fire.start(environment: ["MILLRACE_CRASH_AT": "\(point.rawValue):\(passage)"])
            let isDead = try await Eventually.holds {
                guard process.isRunning else { return true }
                writes += 1
                if point.isOfSnapshot {
                    // It may die before it answers.
                    _ = try await fire.shop.millrace("snapshot", "fire", "public.users", "public.orders")
                } else if point == .midTruncate {
                    try await fire.shop.sql("TRUNCATE orders CASCADE")
                }
                // More rows in one transaction than one batch holds.
                try await fire.write(point == .midTransaction ? 1_500 : 60, seed: writes)
                return !process.isRunning
            }
            try #require(isDead, "it never passed \(point.rawValue) \(passage) times, seed \(seed)")
            let status = await process.end(with: SIGKILL)
            #expect(status == SIGKILL, "\(process.output.suffix(2_000))")
        }

        private func kill(_ fire: FirePipeline, after time: Duration, writes: inout Int) async throws {
            let process = try fire.start()
            let deadline = ContinuousClock.now + time
            repeat {
                writes += 1
                try await fire.write(60, seed: writes)
            } while ContinuousClock.now < deadline
            try #require(process.isRunning, "\(process.output.suffix(2_000))")
            await process.end(with: SIGKILL)
        }
    }
}

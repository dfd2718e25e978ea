import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// The real process on MongoDB, killed at every place where it matters and at random moments, and started again.
    ///
    /// `make crash ROUNDS=500 SEED=7` runs more rounds from a seed of one's own.
    @Suite struct CatalogueCrashTests {
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

            /// How often it is passed at the least while what provokes it is done once.
            var passages: Int { self == .midTruncate || self == .midTransaction ? 1 : 3 }
        }

        private static let smallChunks = [
            "    url: ${SHOP_MONGODB}\n": "    url: ${SHOP_MONGODB}\n    chunk_rows: 100\n"
        ]

        private static func number(_ name: String) -> Int? {
            ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
        }

        @Test(.timeLimit(.minutes(24 * 60))) func aProcessKilledAnywhereEndsWithEveryDocumentEqual() async throws {
            let seed = Self.number("MILLRACE_CRASH_SEED").map { UInt64($0) } ?? UInt64.random(in: 1...999_999)
            print("crash harness: MILLRACE_CRASH_SEED=\(seed)")
            var random = SeededNumbers(seed: seed)
            let lab = try OwnLab.running
            try await Catalogue.run(
                "crash", redisDatabase: 4, products: 400, changing: Self.smallChunks, servers: lab.environment
            ) { catalogue in
                var left: [Point] = []
                var writes = 0
                for round in 1...(Self.number("MILLRACE_CRASH_ROUNDS") ?? 5) {
                    // Two points a round, until each had its turn; then they come again in another order.
                    for _ in 0..<2 {
                        if left.isEmpty { left = Point.allCases.shuffled(using: &random) }
                        let point = left.removeLast()
                        let passage = Int.random(in: 1...point.passages, using: &random)
                        try await crash(catalogue, at: point, passage: passage, writes: &writes, seed: seed)
                    }
                    let process = try catalogue.start()
                    let deadline = ContinuousClock.now + .milliseconds(Int.random(in: 0...1_500, using: &random))
                    repeat {
                        writes += 1
                        try await catalogue.edit(60, seed: writes)
                    } while ContinuousClock.now < deadline
                    try #require(process.isRunning, "\(process.output.suffix(2_000))")
                    await process.end(with: SIGKILL)
                    let last = try catalogue.start()
                    try await catalogue.expectEqual(last)
                    #expect(last.isRunning == false, "seed \(seed), round \(round)")
                }
            }
        }

        private func crash(
            _ catalogue: Catalogue, at point: Point, passage: Int, writes: inout Int, seed: UInt64
        ) async throws {
            let process = try catalogue.start(environment: ["MILLRACE_CRASH_AT": "\(point.rawValue):\(passage)"])
            let isDead = try await Eventually.holds {
                guard process.isRunning else { return true }
                writes += 1
                switch point {
                case .midChunk, .afterChunk:
                    // It may die before it answers.
                    try await catalogue.millrace(
                        "snapshot", "shop-catalogue", "\(catalogue.database).products", "\(catalogue.database).content")
                case .midTruncate:
                    try await catalogue.python(
                        """
                        database.run({'drop': 'content'})
                        database.run({'create': 'content', 'changeStreamPreAndPostImages': {'enabled': True}})
                        """)
                case .midTransaction: try await catalogue.touchEveryProductAtOnce()
                case .afterRead, .afterSink, .afterMarker, .afterCheckpoint, .beforeAcknowledgement: break
                }
                try await catalogue.edit(40, seed: writes)
                return !process.isRunning
            }
            try #require(isDead, "it never passed \(point.rawValue) \(passage) times, seed \(seed)")
            let status = await process.end(with: SIGKILL)
            #expect(status == SIGKILL, "\(process.output.suffix(2_000))")
        }
    }
}

extension Catalogue {
    /// One transaction of more changes than one batch holds.
    fileprivate func touchEveryProductAtOnce() async throws {
        try await python(
            """
            touch = {'update': 'products', 'updates': [
                {'q': {}, 'u': {'$inc': {'inventory.quantity': 1}}, 'multi': True}]}
            database.transaction([touch] * 4)
            """)
    }
}

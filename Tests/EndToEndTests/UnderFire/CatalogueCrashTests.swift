import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// The real process on MongoDB, killed at every place where it matters and at random moments, and started again.
    @Suite struct CatalogueCrashTests {
        private static let smallChunks = [
            "    url: ${SHOP_MONGODB}\n": "    url: ${SHOP_MONGODB}\n    chunk_rows: 100\n"
        ]

        @Test func aProcessKilledAnywhereEndsWithEveryDocumentEqual() async throws {
            var plan = CrashPlan()
            let lab = try OwnLab.running
            while let rounds = plan.nextRounds() {
                try await Catalogue.run(
                    "crash", redisDatabase: 4, products: 400, changing: Self.smallChunks, servers: lab.environment
                ) { catalogue in
                    var writes = 0
                    for _ in 0..<rounds { try await round(catalogue, &plan, writes: &writes) }
                }
            }
        }

        private func round(_ catalogue: Catalogue, _ plan: inout CrashPlan, writes: inout Int) async throws {
            for crash in plan.nextRound() { try await self.crash(catalogue, crash, writes: &writes, seed: plan.seed) }
            try await plan.kill(try catalogue.start()) {
                writes += 1
                try await catalogue.edit(60, seed: writes)
            }
            let last = try catalogue.start()
            try await catalogue.expectEqual(last)
            #expect(last.isRunning == false, "seed \(plan.seed)")
        }

        private func crash(
            _ catalogue: Catalogue, _ crash: CrashPlan.Crash, writes: inout Int, seed: UInt64
        ) async throws {
            let process = try catalogue.start(environment: crash.environment)
            try await crash.kill(process, seed: seed) {
                writes += 1
                switch crash.point {
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
            }
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

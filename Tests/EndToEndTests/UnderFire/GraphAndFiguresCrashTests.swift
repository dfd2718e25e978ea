import Foundation
import Testing

extension UnderFire {
    /// The real process on Neo4j and InfluxDB, killed at every place where it matters, and started again.
    @Suite struct GraphAndFiguresCrashTests {
        private static let database = "figures_fire"
        private static let smallChunks = [
            "    url: ${SHOP_POSTGRES}\n": "    url: ${SHOP_POSTGRES}\n    chunk_rows: 100\n"
        ]

        @Test func aProcessKilledAnywhereEndsWithTheGraphAndTheFiguresEqual() async throws {
            var plan = CrashPlan()
            while let rounds = plan.nextRounds() { try await make(rounds, &plan) }
        }

        private func make(_ rounds: Int, _ plan: inout CrashPlan) async throws {
            let lab = try OwnLab.running
            var shop = try await Shop(
                name: "figures_fire", redisDatabase: 7, users: 120, orders: 250, servers: lab.environment)
            try await shop.openGraphAndFigures(Self.database, servers: lab.environment)
            let files = try ["shop-graph.yaml", "shop-metrics.yaml"].map {
                try shop.pipeline($0, replacing: Self.smallChunks)
            }
            for _ in 0..<rounds {
                for crash in plan.nextRound() { try await self.crash(shop, files, crash, seed: plan.seed) }
                let process = try shop.start(files)
                do {
                    try await shop.waitUntilCaughtUp(process)
                    for file in files { try await shop.expectNothingParked(by: file, "seed \(plan.seed): ") }
                    let graph = try await shop.script("examples/shop/graph/compare.py")
                    #expect(graph.contains("The graph agrees."), "seed \(plan.seed): \(graph)")
                    let figures = try await shop.script("examples/shop/metrics/compare.py")
                    #expect(
                        figures.contains("The figures agree."),
                        "seed \(plan.seed): \(figures)\(process.output.suffix(3_000))")
                } catch {
                    await process.end(with: SIGKILL)
                    throw error
                }
                #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
            }
            try await shop.closeGraphAndFigures(Self.database)
            try await shop.remove()
        }

        private func crash(_ shop: Shop, _ files: [String], _ crash: CrashPlan.Crash, seed: UInt64) async throws {
            let process = try shop.start(files, environment: crash.environment)
            var passes = 0
            try await crash.kill(process, seed: seed) {
                passes += 1
                switch crash.point {
                case .midChunk, .afterChunk:
                    // It may die before it answers.
                    _ = try await shop.millrace("snapshot", files[0], "public.users", "public.orders")
                case .midTruncate: try await shop.sql("TRUNCATE orders CASCADE")
                case .midTransaction:
                    // More rows than one batch holds.
                    try await shop.sql(
                        """
                        INSERT INTO transactions (user_id, amount, transaction_type)
                        SELECT 'u' || n, n, 'bulk' FROM generate_series(1, 1500) n
                        """)
                case .afterRead, .afterSink, .afterMarker, .afterCheckpoint, .beforeAcknowledgement: break
                }
                try await Command.run(
                    shop.file("examples/shop/traffic.sh"), ["--rate", "40", "--time", "1", "--seed", "\(passes)"],
                    environment: shop.environment)
            }
        }
    }
}

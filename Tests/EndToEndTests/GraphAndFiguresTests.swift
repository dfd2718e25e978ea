import Foundation
import Testing

/// The shop's graph and its figures, by the real process against the real servers.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(5)))
struct GraphAndFiguresTests {
    @Test func aProcessKilledInMidSnapshotAndInMidStreamEndsWithTheGraphAndTheFiguresEqual() async throws {
        var shop = try await Shop(name: "figures", redisDatabase: 11, users: 120, orders: 250)
        try await shop.openGraphAndFigures("shop_figures")

        // Small chunks, so that a kill finds the snapshot half done.
        let smallChunks = ["    url: ${SHOP_POSTGRES}\n": "    url: ${SHOP_POSTGRES}\n    chunk_rows: 100\n"]
        let files = [
            try shop.pipeline("shop-graph.yaml", replacing: smallChunks),
            try shop.pipeline("shop-metrics.yaml", replacing: smallChunks),
        ]
        let traffic = try shop.openForBusiness(rate: 12, seed: 11)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<4 {
            let millrace = try shop.start(files)
            try await Task.sleep(for: .milliseconds(Int.random(in: 700...3_000, using: &random)))
            try #require(millrace.isRunning, "\(millrace.output.suffix(2_000))")
            await millrace.end(with: SIGKILL)
        }
        let millrace = try shop.start(files)
        try await shop.waitUntilCaughtUp(millrace)
        // Orders that change hands, and items that come, move and go: what is made of both tables follows.
        try await shop.sql(
            """
            UPDATE orders SET user_id = (SELECT id FROM users WHERE id <> orders.user_id ORDER BY id LIMIT 1)
                WHERE id IN (SELECT id FROM orders ORDER BY id LIMIT 60);
            UPDATE order_items SET order_id = (SELECT id FROM orders ORDER BY id DESC LIMIT 1)
                WHERE id IN (SELECT id FROM order_items ORDER BY id LIMIT 40);
            DELETE FROM order_items WHERE id IN (SELECT id FROM order_items ORDER BY id DESC LIMIT 40);
            INSERT INTO order_items (order_id, product_id, sku, name, quantity, unit_price, total_price)
                SELECT (SELECT id FROM orders ORDER BY id LIMIT 1), 'p' || n, 's' || n, 'n', 1, n, n
                FROM generate_series(1, 500) n
            """)
        // Thousands of changes in one transaction, and many transactions at once.
        try await shop.sql(
            "INSERT INTO transactions (user_id, amount, transaction_type) SELECT 'u' || n, n, 'bulk' FROM generate_series(1, 3000) n"
        )
        await traffic.end(with: SIGTERM)
        try await shop.waitUntilCaughtUp(millrace)
        let graph = try await shop.script("examples/shop/graph/compare.py")
        #expect(graph.contains("The graph agrees."), "\(graph)")
        let figures = try await shop.script(
            "examples/shop/metrics/compare.py", environment: ["MINIMUM_TRANSACTIONS": "3000"])
        #expect(figures.contains("The figures agree."), "\(figures)")
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        let parked = try await shop.millrace("parked", "list")
        #expect(parked.output.contains("shop-") == false, "\(parked.output)")
        try await shop.closeGraphAndFigures("shop_figures")
        try await shop.remove()
    }
}

import Foundation
import Testing

/// The whole shop: both sources, four sinks, and the questions that its pages ask.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(5)))
struct WholeShopTests {
    private static let pipelines = [
        "shop-redis.yaml", "shop-search.yaml", "shop-graph.yaml", "shop-metrics.yaml", "shop-catalogue.yaml",
        "shop-catalogue-graph.yaml", "shop-activity.yaml",
    ]

    @Test func everyQuestionIsAnsweredRightAfterTrafficAKillAndARestart() async throws {
        var shop = try await Shop(name: "whole", redisDatabase: 13, users: 120, orders: 300)
        let catalogue = "shop_whole"
        shop.environment["SHOP_MONGODB"] = ProcessInfo.processInfo.environment["SHOP_MONGODB"]
        shop.environment["SHOP_CATALOGUE"] = catalogue
        try await shop.openGraphAndFigures("shop_whole")
        try await shop.script("examples/shop/catalogue/catalogue.py", ["fill", "--products", "520", "--content", "40"])
        try await shop.script(
            "examples/shop/catalogue/activity.py",
            ["fill", "--activities", "600", "--metrics", "200", "--users", "120"])
        let files = try Self.pipelines.map { try shop.pipeline($0, replacing: ["shop.": "\(catalogue)."]) }

        let busy = [
            try shop.openForBusiness(rate: 15, seed: 21),
            try shop.inBackground("catalogue", "examples/shop/catalogue/catalogue.py", "edit", "--rate", "8"),
            try shop.inBackground(
                "activity", "examples/shop/catalogue/activity.py", "watch", "--rate", "8", "--users", "120"),
        ]
        let first = try shop.start(files)
        try await Task.sleep(for: .seconds(6))
        #expect(first.isRunning, "\(first.output.suffix(2_000))")
        await first.end(with: SIGKILL)
        let millrace = try shop.start(files)
        try await Task.sleep(for: .seconds(3))
        for name in ["graph", "metrics", "catalogue-graph", "activity"] {
            // Of a table that is still being loaded nothing is compared.
            try await Eventually.require("\(name) has rows that are equal") {
                let audit = try await shop.millrace("audit", "shop-whole-\(name)")
                // What cannot be verified is said, and what never rests is not wrong.
                #expect(audit.status & ~(2 | 4) == 0, "\(audit.output)")
                return audit.output.contains(" equal")
            }
        }
        for process in busy { #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(1_000))") }
        do {
            try await shop.waitUntilCaughtUp(millrace)
        } catch {
            await millrace.end(with: SIGKILL)
            throw error
        }

        for (program, arguments, verdict) in [
            ("questions.py", [], "Every answer is right."), ("compare.py", [], "The rows agree."),
            ("graph/compare.py", ["--with-catalogue"], "The graph agrees."),
            ("metrics/compare.py", [], "The figures agree."),
            ("catalogue/compare_catalogue.py", [], "The catalogue agrees."),
            ("catalogue/compare_graph.py", [], "The catalogue's graph agrees."),
            ("catalogue/compare_activity.py", [], "The activity agrees."),
        ] {
            let said = try await shop.script("examples/shop/\(program)", arguments)
            #expect(said.contains(verdict), "\(said)")
        }
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        try await shop.closeGraphAndFigures("shop_whole")
        try await shop.elasticsearch("DELETE", "/products,content?ignore_unavailable=true")
        try await shop.remove()
    }
}

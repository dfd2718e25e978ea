import Foundation
import Testing

/// Audits of the shop's graph and of its figures, by the real process against the real servers, while the shop is open.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(5)))
struct GraphAndFiguresAuditTests {
    /// Runs a body with the graph and the figures in step with the shop, rows that no customer touches among them.
    private func run(
        _ name: String, users: Int, orders: Int, rate: Int, _ body: (Shop) async throws -> Void
    ) async throws {
        var shop = try await Shop(name: name, redisDatabase: 10, users: users, orders: orders)
        try await shop.openGraphAndFigures("shop_\(name)")
        try await shop.addQuietRows()
        let millrace = try shop.start([try shop.pipeline("shop-graph.yaml"), try shop.pipeline("shop-metrics.yaml")])
        try await shop.waitUntilCaughtUp(millrace)
        let traffic = try shop.openForBusiness(rate: rate, seed: 5)
        try await body(shop)
        await traffic.end(with: SIGTERM)
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        try await shop.closeGraphAndFigures("shop_\(name)")
        try await shop.remove()
    }

    @Test func nothingIsFoundWhereNothingIsWrong() async throws {
        try await run("drawn", users: 100, orders: 250, rate: 20) { shop in
            for round in 0..<3 {
                for name in ["shop-drawn-graph", "shop-drawn-metrics"] {
                    let audit = try await shop.millrace("audit", name)
                    // Events are a log, and what never rests is not wrong.
                    #expect(audit.status & ~(2 | 4) == 0, "round \(round): \(audit.output)")
                    #expect(audit.output.contains(" equal"), "\(audit.output)")
                }
            }
        }
    }

    @Test func whatIsWrongInTheGraphIsFoundAndRepaired() async throws {
        try await run("redrawn", users: 60, orders: 120, rate: 10) { shop in
            func user(_ number: Int) -> String { "(n:User {id: '\(Shop.quiet(number))'})" }
            func placed(_ number: Int) -> String { "(a)-[x:PLACED]->(b:Order {id: '\(Shop.quiet(number))'})" }
            let keys = try #require(try await shop.graph("MATCH \(user(1)) RETURN keys(n)").first)
            let version = try #require(
                keys.split(separator: "\"").first { $0.hasPrefix("millrace_version_") }.map(String.init))
            let id = try #require(
                try await shop.graph("MATCH \(placed(1)) RETURN x.millrace_id").first?.split(separator: "\"")[1])
            let damage: [(statement: String, kind: String, names: String)] = [
                ("MATCH \(user(1)) DETACH DELETE n", "missing", Shop.quiet(1)),
                ("MATCH \(user(2)) SET n.email = 'nobody@nowhere.example'", "different", "nobody@nowhere.example"),
                ("MATCH \(user(3)) SET n.email = 7", "different", #""found":"7""#),
                ("MATCH \(user(4)) REMOVE n.name", "different", Shop.quiet(4)),
                (
                    "MATCH \(user(5)) SET n.email = 'once@nowhere.example', n.\(version) = 1", "different",
                    "once@nowhere"
                ),
                (
                    "MATCH \(user(6)) REMOVE n.email, n.name, n.created_at, n.\(version) SET n.millrace_stub = true",
                    "missing", Shop.quiet(6)
                ),
                ("CREATE (n:User {id: 'ghost', \(version): 8})", "extra", "User 5:ghost"),
                // Nothing holds it any more.
                ("CREATE (n:User {id: 'loose', millrace_stub: true})", "extra", "User 5:loose"),
                ("MATCH \(placed(10)) DELETE x", "missing", Shop.quiet(10)),
                (
                    "MATCH \(placed(11)), \(user(8)) CREATE (n)-[y:PLACED]->(b) SET y = properties(x) DELETE x",
                    "different", "start id"
                ),
                ("MATCH \(placed(12)) SET x.created_at = 'yesterday'", "different", "yesterday"),
                ("MATCH \(placed(13)) SET x.note = 'mine'", "different", "mine"),
                ("MATCH \(placed(14)) CREATE (a)-[y:PLACED]->(b) SET y = properties(x)", "different", Shop.quiet(14)),
                (
                    "MATCH (b:Order {id: '\(Shop.quiet(13))'}), \(user(8)) CREATE (n)-[:PLACED {millrace_id: "
                        + "'\(id.prefix(9))5:ghost', millrace_version: 8}]->(b)", "extra", "PLACED 5:ghost"
                ),
            ]
            for (statement, _, _) in damage { try await shop.graph(statement) }
            let dry = try await shop.millrace("audit", "shop-redrawn-graph", "--repair", "--json")
            #expect(dry.status & 1 == 1, "\(dry.output)")
            let lines = dry.output.split(separator: "\n").filter { $0.contains(#""kind""#) }
            for (statement, kind, names) in damage {
                #expect(
                    lines.contains { $0.contains(#""kind":"\#(kind)""#) && $0.contains(names) },
                    "\(statement): \(dry.output)")
            }
            // The relationship of the node that was dropped is gone with it.
            #expect(lines.count == damage.count + 1, "\(dry.output)")
            try await mend("shop-redrawn-graph", shop)
            #expect(try await shop.graph("MATCH (n:User {id: 'ghost'}) RETURN n").isEmpty)
            #expect(
                try await shop.graph("MATCH \(placed(11)) RETURN a.id") == ["[\"\(Shop.quiet(11))\"]"])
            #expect(try await shop.graph("MATCH \(placed(14)) RETURN b.id").count == 1)
        }
    }

    @Test func whatIsWrongInTheFiguresIsFoundAndRepaired() async throws {
        try await run("recast", users: 60, orders: 120, rate: 10) { shop in
            /// The time of an order's point.
            func time(_ number: Int) async throws -> String {
                let answer = try await shop.figures(
                    "SELECT id FROM orders WHERE id = '\(Shop.quiet(number))'")
                return try #require(answer.split(separator: "[").last?.split(separator: ",").first.map(String.init))
            }
            let series = "orders,currency=USD,status=returned"
            func drop(_ number: Int) async throws {
                try await shop.figures(
                    "DELETE FROM orders WHERE time = \(try await time(number)) AND status = 'returned'")
            }
            let times = [try await time(1), try await time(2), try await time(3), try await time(4), try await time(5)]
            try await drop(1)
            try await shop.write(figure: "\(series) total_amount=1.25 \(times[1])")
            // A null that says that it is one, and a value that is not there.
            try await shop.write(figure: "\(series) tax_amount_null=true \(times[2])")
            try await drop(4)
            try await shop.write(
                figure: "\(series) millrace_version=8i,id=\"\(Shop.quiet(4))\",id_null=false,total_amount=10,"
                    + "total_amount_null=false,tax_amount_null=false \(times[3])")
            // A point that is a second late.
            let point = try await shop.figures("SELECT * FROM orders WHERE id = '\(Shop.quiet(5))'")
            let version = try #require(point.matches(of: #/[0-9]{12,}/#).map { $0.output }.last)
            try await drop(5)
            try await shop.write(
                figure: "\(series) millrace_version=\(version)i,id=\"\(Shop.quiet(5))\" "
                    + "\(try #require(Int64(times[4])) + 1_000_000_000)")
            try await shop.write(figure: "orders,currency=CHF,status=returned millrace_version=8i,id=\"ghost\" 1000")

            let dry = try await shop.millrace("audit", "shop-recast-metrics", "--repair", "--json")
            #expect(dry.status & 1 == 1, "\(dry.output)")
            let lines = dry.output.split(separator: "\n").filter { $0.contains(#""kind""#) }
            let found = [
                ("missing", Shop.quiet(1)), ("different", "1.25"), ("different", "tax_amount_null"),
                ("different", #""name":"tax_amount""#), ("missing", Shop.quiet(5)),
                ("extra", "status=returned \(try #require(Int64(times[4])) + 1_000_000_000)"),
                ("extra", "currency=CHF"),
            ]
            for (kind, names) in found {
                #expect(
                    lines.contains { $0.contains(#""kind":"\#(kind)""#) && $0.contains(names) },
                    "\(kind) \(names): \(dry.output)")
            }
            #expect(lines.count == found.count, "\(dry.output)")
            try await mend("shop-recast-metrics", shop)
            #expect(try await time(5) == times[4])
            #expect(try await shop.figures("SELECT id FROM orders WHERE currency = 'CHF'").contains("series") == false)
        }
    }

    /// Repairs what is wrong, and finds nothing any more.
    private func mend(_ pipeline: String, _ shop: Shop) async throws {
        let mended = try await shop.millrace("audit", pipeline, "--repair", "--yes", "--repair-percent", "100")
        #expect(mended.output.contains("repaired"), "\(mended.output)")
        let again = try await shop.millrace("audit", pipeline)
        #expect(again.status & 1 == 0, "\(again.output)")
    }
}

extension Shop {
    /// The identifier of a row that no customer touches: they pick the next one after a number that is never so low.
    fileprivate static func quiet(_ number: Int) -> String {
        let digits = "\(number)"
        return "00000000-0000-0000-0000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// Users and orders of theirs, which have come back: nothing more happens to those.
    fileprivate func addQuietRows() async throws {
        try await sql(
            """
            INSERT INTO users (id, email, password_hash, first_name, last_name)
            SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'quiet' || n || '@example.com', '-', 'Quiet', 'No ' || n
            FROM generate_series(1, 14) n;
            INSERT INTO orders (id, user_id, order_number, status, subtotal, tax_amount, total_amount, currency, created_at)
            SELECT id, id, 'Q-' || n, 'returned', 10, n * 0.01, 10, 'USD', timestamp '2025-01-01' + n * interval '1 day'
            FROM (SELECT id, row_number() OVER (ORDER BY id) n FROM users WHERE email LIKE 'quiet%') quiet
            """)
    }
}

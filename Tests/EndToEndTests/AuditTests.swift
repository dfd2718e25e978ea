import Foundation
import Testing

/// The auditor against the real servers, while the shop is open.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(10)))
struct AuditTests {
    /// Keys with a lifetime may be gone for a good reason.
    private static let lasting = [
        "    url: ${SHOP_POSTGRES}\n": "    url: ${SHOP_POSTGRES}\n    chunk_rows: 400\n", "          ttl: 30m\n": "",
    ]

    @Test func nothingIsFoundWhereNothingIsWrong() async throws {
        let shop = try await Shop(name: "clean", redisDatabase: 11, users: 1_000, orders: 6_000)
        let files = [
            try shop.pipeline("shop-redis.yaml", replacing: Self.lasting),
            try shop.pipeline("shop-search.yaml", replacing: Self.lasting),
        ]
        let millrace = try shop.start(files)
        let traffic = try shop.openForBusiness(rate: 150, seed: 21)
        try await shop.waitUntilCaughtUp()
        for round in 0..<3 {
            for name in ["shop-clean-redis", "shop-clean-search"] {
                let audit = try await shop.millrace("audit", name)
                // What cannot be verified is said, and what never rests is not wrong.
                #expect(audit.status & ~(2 | 4) == 0, "round \(round): \(audit.output)")
                #expect(audit.output.contains(" equal"), "\(audit.output)")
            }
        }
        await traffic.end(with: SIGTERM)
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        try await shop.remove()
    }

    @Test func whatIsWrongIsFoundAndRepaired() async throws {
        let shop = try await Shop(name: "corrupt", redisDatabase: 12, users: 600, orders: 3_000)
        let files = [try shop.pipeline("shop-redis.yaml", replacing: Self.lasting)]
        let millrace = try shop.start(files)
        try await shop.waitUntilCaughtUp()
        let users = try await shop.sql("SELECT id FROM users ORDER BY id LIMIT 5").split(separator: "\n").map(String.init)
        let order = try await shop.sql("SELECT user_id || ' ' || id FROM orders ORDER BY id LIMIT 1").split(separator: " ")
        let email = try await shop.redis("HGET", "user:\(users[2])", "email")
        try await shop.redis("DEL", "user:\(users[0])")
        try await shop.redis("HSET", "user:\(users[1])", "email", "nobody@nowhere.example")
        try await shop.redis("HDEL", "user:\(users[2])", "email")
        try await shop.redis("HSET", "user:\(users[3])", "nickname", "extra")
        try await shop.redis("ZADD", "user:\(order[0]):orders", "5", "\(order[1])")
        // A row that the source does not have, as the pipeline would have written it long ago.
        let copy = try await shop.redis("COPY", "user:\(users[4])", "user:0")
        #expect(copy == "1")
        let traffic = try shop.openForBusiness(rate: 40, seed: 22)

        let dry = try await shop.millrace("audit", "shop-corrupt-redis", "--repair", "--json")
        #expect(dry.status & 1 == 1, "\(dry.output)")
        for user in users.prefix(4) { #expect(dry.output.contains("user:\(user)"), "\(user): \(dry.output)") }
        #expect(dry.output.contains(#""kind":"missing""#) && dry.output.contains(#""kind":"extra""#), "\(dry.output)")
        #expect(dry.output.contains("nobody@nowhere.example"), "\(dry.output)")
        #expect(try await shop.redis("EXISTS", "user:0") == "1")

        let page = shop.folder.appendingPathComponent("audit.html").path
        let mended = try await shop.millrace(
            "audit", "shop-corrupt-redis", "--repair", "--yes", "--redact", "--html", page)
        #expect(mended.output.contains("repaired"), "\(mended.output)")
        #expect(!mended.output.contains("nobody@nowhere.example"), "\(mended.output)")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("user:\(users[0])") && !html.contains("nobody@nowhere.example"))
        let again = try await shop.millrace("audit", "shop-corrupt-redis")
        #expect(again.status & 1 == 0, "\(again.output)")
        #expect(try await shop.redis("EXISTS", "user:0") == "0")
        #expect(try await shop.redis("HGET", "user:\(users[2])", "email") == email)
        await traffic.end(with: SIGTERM)
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        try await shop.remove()
    }

    @Test func aScheduledAuditKeepsItsReportsWithoutValues() async throws {
        let shop = try await Shop(name: "scheduled", redisDatabase: 14, users: 50, orders: 100)
        let file = try shop.pipeline(
            "shop-redis.yaml", replacing: Self.lasting.merging(["format: 1\n": "format: 1\naudit: {every: 1s, keep: 2}\n"]) { $1 })
        let millrace = try shop.start([file])
        try await shop.waitUntilCaughtUp()
        let user = try await shop.sql("SELECT id FROM users LIMIT 1")
        try await shop.redis("HSET", "user:\(user)", "email", "nobody@nowhere.example")
        let folder = shop.state + "/shop-scheduled-redis.audits"
        try await Eventually.require("a report names the row", within: .seconds(60)) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let texts = names.compactMap { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
            #expect(texts.allSatisfy { !$0.contains("nobody@nowhere.example") })
            return texts.count == 2 && texts.contains { $0.contains("user:\(user)") }
        }
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        try await shop.remove()
    }

    @Test func anAuditEndsWhenWhoAskedForItGoesAway() async throws {
        let shop = try await Shop(name: "abandoned", redisDatabase: 15, users: 200, orders: 400)
        // The server then notices soon that a session's client is gone.
        try await shop.sql("ALTER DATABASE shop_abandoned SET client_connection_check_interval = '100ms'")
        let millrace = try shop.start([try shop.pipeline("shop-redis.yaml")])
        try await shop.waitUntilCaughtUp()
        // The audit of the users comes no further than this lock.
        let lock = try BackgroundProcess(
            "/usr/bin/env",
            [
                "psql", "-qX", shop.environment["SHOP_POSTGRES"] ?? "", "-c",
                "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(120)",
            ],
            environment: shop.environment, log: shop.folder.appendingPathComponent("lock.log"))
        let locks = "SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass AND "
        try await Eventually.require("the table is locked") {
            try await shop.sql(locks + "granted AND mode = 'AccessExclusiveLock'") == "1"
        }
        let audit = try BackgroundProcess(
            Shop.millrace, ["audit", "shop-abandoned-redis", "public.users", "--state", shop.state],
            environment: shop.environment, log: shop.folder.appendingPathComponent("audit.log"))
        try await Eventually.require("the audit waits") { try await shop.sql(locks + "NOT granted") != "0" }
        let other = try await shop.millrace("audit", "shop-abandoned-redis", "public.orders")
        #expect(other.status == 64 && other.output.contains("under way"), "\(other.output)")
        await audit.end(with: SIGINT)
        // The table is still locked: the audit was not finished, it was ended.
        try await Eventually.require("the audit has ended", within: .seconds(20)) {
            try await shop.sql(locks + "NOT granted") == "0"
        }
        #expect(lock.isRunning)
        await lock.end(with: SIGTERM)
        let next = try await shop.millrace("audit", "shop-abandoned-redis")
        #expect(next.status & ~2 == 0, "\(next.output)")
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        try await shop.remove()
    }

    @Test func anAuditThatCannotBeMadeSaysSo() async throws {
        let shop = try await Shop(name: "unaudited", redisDatabase: 13, users: 10, orders: 10)
        let answer = try await shop.millrace("audit", try shop.pipeline("shop-redis.yaml"))
        #expect(answer.status == 64 && answer.output.contains("no process runs pipeline"), "\(answer.output)")
        try await shop.remove()
    }
}

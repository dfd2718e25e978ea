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
        // The first may come back before the second pipeline has a state to be asked for.
        try await shop.waitUntilCaughtUp()
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
        let users = try await shop.sql("SELECT id FROM users ORDER BY id LIMIT 5").split(separator: "\n").map(
            String.init)
        let order = try await shop.sql("SELECT user_id || ' ' || id FROM orders ORDER BY id LIMIT 1").split(
            separator: " ")
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
        // Three thousand orders take three seconds at such a pace, and their first rows none.
        let begin = ContinuousClock.now
        let slow = try await shop.millrace("audit", "shop-corrupt-redis", "public.orders", "--rate", "1000")
        #expect(slow.status & 1 == 0 && begin.duration(to: .now) > .seconds(2), "\(slow.output)")
        #expect(try await shop.redis("HGET", "user:\(users[2])", "email") == email)
        await traffic.end(with: SIGTERM)
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        try await shop.remove()
    }

    @Test func aScheduledAuditKeepsItsReportsWithoutValues() async throws {
        let shop = try await Shop(name: "scheduled", redisDatabase: 14, users: 50, orders: 100)
        let file = try shop.pipeline(
            "shop-redis.yaml",
            replacing: Self.lasting.merging(["format: 1\n": "format: 1\naudit: {every: 1s, keep: 2}\n"]) { $1 })
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

    @Test func aStoppedPipelineRunsFromItsCheckpointForAsLongAsItsAuditTakes() async throws {
        let shop = try await Shop(name: "stopped", redisDatabase: 12, users: 300, orders: 600)
        let file = try shop.pipeline("shop-redis.yaml", replacing: Self.lasting)
        let first = try shop.start([file])
        try await shop.waitUntilCaughtUp()
        #expect(await first.end(with: SIGTERM) == 0, "\(first.output.suffix(2_000))")
        let users = try await shop.sql("SELECT id FROM users ORDER BY id LIMIT 2").split(separator: "\n").map(
            String.init)
        try await shop.redis("HSET", "user:\(users[0])", "email", "nobody@nowhere.example")
        try await shop.sql("UPDATE users SET phone = 'while it stood' WHERE id = '\(users[1])'")
        let audit = try await shop.millrace("audit", file)
        #expect(audit.status & ~2 == 1, "\(audit.output)")
        #expect(audit.output.contains("it runs from its checkpoint for as long as the audit takes"))
        #expect(audit.output.contains("user:\(users[0])") && audit.output.contains("nobody@nowhere.example"))
        #expect(!audit.output.contains("user:\(users[1])"))
        #expect(try await shop.redis("HGET", "user:\(users[1])", "phone") == "while it stood")
        // Nothing of it goes on: it can be done again, and the pipeline can be started.
        let repaired = try await shop.millrace("audit", file, "--repair", "--yes")
        #expect(repaired.output.contains("repaired"), "\(repaired.output)")
        let second = try shop.start([file])
        try await shop.waitUntilCaughtUp(second)
        let whole = try await shop.millrace("audit", file)
        #expect(whole.status & ~2 == 0 && !whole.output.contains("it runs from its checkpoint"), "\(whole.output)")
        #expect(await second.end(with: SIGTERM) == 0, "\(second.output.suffix(2_000))")
        try await shop.remove()
    }

    @Test func whatWasParkedIsReplayedOnceItsCauseIsMendedAndLookedAt() async throws {
        let shop = try await Shop(name: "mended", redisDatabase: 14, users: 50, orders: 50)
        let millrace = try shop.start([try shop.pipeline("shop-redis.yaml", replacing: Self.lasting)])
        try await shop.waitUntilCaughtUp()
        let user = try await shop.sql("SELECT id FROM users ORDER BY id LIMIT 1")
        // Somebody has put something else in the row's place.
        try await shop.redis("DEL", "user:\(user)")
        try await shop.redis("LPUSH", "user:\(user)", "not a hash")
        try await shop.sql("UPDATE users SET phone = 'parked' WHERE id = '\(user)'")
        try await shop.waitUntilCaughtUp()
        let dry = try await shop.millrace("audit", "shop-mended-redis", "--fix", "parked")
        #expect(dry.status == 0 && dry.output.contains("1 parked changes wait"), "\(dry.output)")
        let early = try await shop.millrace("audit", "shop-mended-redis", "--fix", "parked", "--yes")
        #expect(early.status & 2 == 2 && early.output.contains("1 of them parked again"), "\(early.output)")
        try await shop.redis("DEL", "user:\(user)")
        let fixed = try await shop.millrace("audit", "shop-mended-redis", "--fix", "parked", "--yes")
        #expect(fixed.status == 0, "\(fixed.output)")
        #expect(fixed.output.contains("1 parked changes were replayed") && fixed.output.contains("1 rows, 1 equal"))
        #expect(try await shop.redis("HGET", "user:\(user)", "phone") == "parked")
        try await shop.expectNothingParked(by: "shop-mended-redis")
        #expect(millrace.output.contains("replayed parked changes"))
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        try await shop.remove()
    }

    @Test func anAuditThatCannotBeMadeSaysSo() async throws {
        let shop = try await Shop(name: "unaudited", redisDatabase: 13, users: 10, orders: 10)
        let file = try shop.pipeline("shop-redis.yaml")
        let never = try await shop.millrace("audit", file)
        #expect(never.status == 64 && never.output.contains("load it first with millrace run"), "\(never.output)")
        let named = try await shop.millrace("audit", "shop-unaudited-redis")
        #expect(named.status == 64 && named.output.contains("no process runs pipeline"), "\(named.output)")
        let both = try await shop.millrace("audit", file, "--repair", "--fix", "parked")
        #expect(both.status != 0 && both.output.contains("two things"), "\(both.output)")
        try await shop.remove()
    }
}

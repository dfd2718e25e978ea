import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// Audits that end before they are done.
    @Suite struct InterruptedAuditTests {
        /// Wrong rows at both ends of the table: what was found before the kill, and what was not looked at by then.
        @Test func anAuditThatWasKilledGoesOnWithTheChunksThatAreLeft() async throws {
            try await FirePipeline.run(users: 200, orders: 6_000) { fire in
                let first = try fire.start()
                try await fire.catchUp()
                let orders = try await fire.shop.sql("SELECT id FROM orders ORDER BY id").split(separator: "\n").map(
                    String.init)
                let wrong = [orders[3], orders[orders.count - 3]]
                for id in wrong { try await fire.shop.redis("HSET", "order:status:\(id)", "status", "nobody's") }
                // A row that the source never had.
                try await fire.shop.redis("COPY", "order:status:\(orders[9])", "order:status:0")
                fire.postgres.slow(.toClient, bytesPerSecond: Scale.pace(150_000))
                async let killed = fire.shop.millrace("audit", "fire", "public.orders")
                let notes = fire.shop.state + "/fire.audits/under-way/notes"
                try await Eventually.require("some chunks are noted", within: .seconds(60)) {
                    ((try? String(contentsOfFile: notes, encoding: .utf8)) ?? "").contains("\"runs\"")
                }
                await first.end(with: SIGKILL)
                #expect(try await killed.status == 64)
                fire.postgres.heal()
                let second = try fire.start()
                try await fire.catchUp()
                let resumed = try await fire.shop.millrace("audit", "fire", "public.orders", "--resume")
                #expect(resumed.status & 1 == 1 && resumed.status & ~(1 | 2 | 4) == 0, "\(resumed.output)")
                #expect(resumed.output.contains("went on with an audit that was interrupted"), "\(resumed.output)")
                for id in wrong { #expect(resumed.output.contains("order:status:\(id)"), "\(id): \(resumed.output)") }
                #expect(resumed.output.contains("extra order:status:0"), "\(resumed.output)")
                let count = orders.count.formatted(.number.locale(Locale(identifier: "en_US")))
                #expect(resumed.output.contains("\(count) rows"), "\(resumed.output)")
                // It is done: the next one begins anew, and finds the same.
                #expect(!FileManager.default.fileExists(atPath: notes))
                let again = try await fire.shop.millrace("audit", "fire", "public.orders", "--resume")
                #expect(!again.output.contains("went on with") && again.status & 1 == 1, "\(again.output)")
                let repaired = try await fire.shop.millrace("audit", "fire", "--repair", "--yes")
                #expect(repaired.output.contains("repaired"), "\(repaired.output)")
                try await fire.expectEqual(second)
            }
        }
    }
}

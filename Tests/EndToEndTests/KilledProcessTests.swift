import Foundation
import Testing

/// The real process against the real servers, killed without warning.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(10)))
struct KilledProcessTests {
    @Test func aProcessKilledInMidSnapshotAndInMidStreamEndsWithEveryRowEqual() async throws {
        let shop = try await Shop(name: "killed", redisDatabase: 9, users: 3_000, orders: 20_000)
        // Small chunks, so that a kill finds the snapshot half done.
        let smallChunks = ["    url: ${SHOP_POSTGRES}\n": "    url: ${SHOP_POSTGRES}\n    chunk_rows: 700\n"]
        let files = [
            try shop.pipeline("shop-redis.yaml", replacing: smallChunks),
            try shop.pipeline("shop-search.yaml", replacing: smallChunks),
        ]
        let traffic = try shop.openForBusiness(rate: 200, seed: 7)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<6 {
            let millrace = try shop.start(files)
            try await Task.sleep(for: .milliseconds(Int.random(in: 200...2_500, using: &random)))
            try #require(millrace.isRunning, "\(millrace.output.suffix(2_000))")
            await millrace.end(with: SIGKILL)
            #expect(!FileManager.default.fileExists(atPath: "/dev/shm/mongoc-\(millrace.identifier)"))
        }
        let millrace = try shop.start(files)
        try await Task.sleep(for: .seconds(2))
        await traffic.end(with: SIGTERM)
        try await shop.waitUntilCaughtUp()
        let verdict = try await shop.compare()
        #expect(await millrace.end(with: SIGTERM) == 0, "\(millrace.output.suffix(2_000))")
        #expect(!verdict.isEmpty)
        try await shop.remove()
    }
}

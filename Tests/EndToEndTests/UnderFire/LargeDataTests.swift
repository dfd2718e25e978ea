import Foundation
import Testing

extension UnderFire {
    /// Rows and transactions far larger than what may wait in memory; at full size for `make soak`.
    @Suite struct LargeDataTests {
        /// A field that no limit has room for passes alone.
        @Test func aFieldOfManyMegabytesArrivesWhole() async throws {
            let megabytes = Scale.isFull ? 64 : 12
            try await FirePipeline.runUntilEqual { fire, process in
                try await fire.shop.sql("ALTER TABLE users ALTER phone TYPE text")
                let id = try await fire.shop.sql("SELECT min(id::text) FROM users")
                try await fire.shop.sql(
                    "UPDATE users SET phone = repeat('0123456789abcdef', \(megabytes) << 16) WHERE id = '\(id)'")
                try await fire.catchUp()
                #expect(try await fire.shop.redis("HSTRLEN", "user:\(id)", "phone") == "\(megabytes << 20)")
                #expect(try peakBytes(of: process) < (256 + 8 * megabytes) << 20)
                // What waits behind it is not held up, and the field goes as it came.
                try await fire.shop.sql("UPDATE users SET phone = 'short' WHERE id = '\(id)'")
                try await fire.catchUp()
                #expect(try await fire.shop.redis("HGET", "user:\(id)", "phone") == "short")
            }
        }

        @Test func aTransactionOfAnySizeNeedsBoundedMemory() async throws {
            try await FirePipeline.runUntilEqual(users: 50, orders: 50) { fire, process in
                try await fire.shop.sql("ALTER TABLE users ALTER phone TYPE text")
                try await fire.catchUp()
                let before = try peakBytes(of: process)
                try await fire.shop.sql(
                    """
                    BEGIN;
                    INSERT INTO users (email, password_hash, first_name, last_name, phone)
                        SELECT 'large' || n || '@example.com', 'none', 'First', 'Last', n::text
                        FROM generate_series(1, \(Scale.rows(20_000))) n;
                    UPDATE users SET phone = phone || repeat('.', 300) WHERE email LIKE 'large%';
                    DELETE FROM users WHERE email LIKE 'large%7@example.com';
                    COMMIT;
                    """)
                try await fire.catchUp()
                #expect(try peakBytes(of: process) < before + (160 << 20))
            }
        }

        /// The most that the process ever had in memory.
        private func peakBytes(of process: BackgroundProcess) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
            return try #require(kilobytes) << 10
        }
    }
}

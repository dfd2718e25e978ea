import Randomness
import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// Audits while the shop is open and everything fails that can: nothing is said that is not so, and nothing is missed.
    @Suite struct AuditSoakTests {
        /// What an audit that cannot be whole says: a sink too late, the source failed, a sink failed, no audit.
        private static let cutShort: Int32 = 8 | 16 | 32 | 64
        /// What says nothing against the sinks: something cannot be verified, rows that never rest.
        private static let harmless: Int32 = 2 | 4
        /// Keys with a lifetime may be gone for a good reason.
        private static let lasting = [FirePipeline.lifetime: ""]

        @Test func whateverFailsAnAuditFindsWhatIsWrongAndNothingElse() async throws {
            try await FirePipeline.run(users: 200, orders: 900, changing: Self.lasting) { fire in
                var process = try fire.start()
                try await fire.catchUp()
                let traffic = try fire.shop.openForBusiness(rate: 40, seed: 42)
                let damages = try await Self.damage(fire.shop)
                let faults = Scale.isFull ? Fault.allCases : Fault.allCases.filter { $0 != .sinkDown }
                var random = SeededNumbers(seed: 41)
                var cutShort = 0
                for round in 0..<Scale.rounds(faults.count) {
                    let fault = faults[round % faults.count]
                    async let audit = fire.shop.millrace("audit", "fire", "--json")
                    try await Task.sleep(for: .milliseconds(50 + Int(random.next() % 600)))
                    process = try await inflict(fault, on: fire, process)
                    let disturbed = try await audit
                    #expect(disturbed.status & ~(Self.cutShort | Self.harmless | 1) == 0, "\(disturbed.output)")
                    #expect(Self.findings(in: disturbed.output, besides: damages).isEmpty, "\(fault)")
                    if disturbed.status & Self.cutShort != 0 { cutShort += 1 }
                    try await fire.shop.waitUntilCaughtUp(process)
                    let whole = try await fire.shop.millrace("audit", "fire", "--json")
                    #expect(whole.status & ~(Self.harmless | 1) == 0, "after \(fault): \(whole.output)")
                    #expect(Self.findings(in: whole.output, besides: damages).isEmpty, "after \(fault)")
                    let found = Self.findings(in: whole.output)
                    // What stands there after an audit stood there all along: a write would have mended it.
                    for damage in damages where try await damage.stands(fire.shop) {
                        #expect(found.contains { damage.isNamed(by: $0) }, "\(damage.mark) after \(fault)")
                    }
                }
                // A process that was killed leaves its audit without a report, which has to be said.
                #expect(cutShort > 0)
                await traffic.end(with: SIGTERM)
                let repaired = try await fire.shop.millrace("audit", "fire", "--repair", "--yes")
                #expect(repaired.output.contains("repaired"), "\(repaired.output)")
                try await fire.expectEqual(process)
            }
        }

        // MARK: What is wrong

        /// Something that is wrong in a sink, and a part of the sink key that tells it from all others.
        private struct Damage: Sendable {
            var sink: String
            var mark: String
            var stands: @Sendable (Shop) async throws -> Bool

            func isNamed(by finding: Finding) -> Bool { finding.sink == sink && finding.target.contains(mark) }
        }

        private struct Finding {
            var sink: String
            var target: String
        }

        /// Damages what the sinks have: rows with another value, rows that are gone, and rows that no table has.
        private static func damage(_ shop: Shop) async throws -> [Damage] {
            let rows = try await shop.sql("SELECT id, user_id FROM orders ORDER BY id LIMIT 60").split(separator: "\n")
                .map { $0.split(separator: "|").map(String.init) }
            var damages: [Damage] = []
            for (number, row) in rows.enumerated() where number % 6 == 0 {
                let (id, hash, zset) = (row[0], "order:status:\(row[0])", "user:\(row[1]):orders")
                switch number / 6 % 5 {
                case 0:
                    try await shop.redis("HSET", hash, "status", "nobody's")
                    damages.append(
                        Damage(sink: "redis", mark: id) { try await $0.redis("HGET", hash, "status") == "nobody's" })
                case 1:
                    try await shop.redis("DEL", hash)
                    damages.append(Damage(sink: "redis", mark: id) { try await $0.redis("EXISTS", hash) == "0" })
                case 2:
                    try await shop.redis("ZADD", zset, "5", id)
                    damages.append(Damage(sink: "redis", mark: id) { try await $0.redis("ZSCORE", zset, id) == "5" })
                case 3:
                    try await shop.elasticsearch("POST", "/orders/_update/\(id)", #"{"doc": {"status": "nobody's"}}"#)
                    damages.append(
                        Damage(sink: "elasticsearch", mark: id) {
                            try await $0.elasticsearch("GET", "/orders/_doc/\(id)").contains("nobody's")
                        })
                default:
                    try await shop.elasticsearch("DELETE", "/orders/_doc/\(id)")
                    damages.append(
                        Damage(sink: "elasticsearch", mark: id) {
                            (try? await $0.elasticsearch("GET", "/orders/_doc/\(id)")) == nil
                        })
                }
            }
            try await shop.redis("COPY", "order:status:\(rows[1][0])", "order:status:nobody")
            damages.append(
                Damage(sink: "redis", mark: "nobody") { try await $0.redis("EXISTS", "order:status:nobody") == "1" })
            try await shop.elasticsearch("PUT", "/orders/_doc/nobody?version=1&version_type=external", "{}")
            damages.append(
                Damage(sink: "elasticsearch", mark: "nobody") {
                    try await $0.elasticsearch("GET", "/orders/_doc/nobody").contains(#""found":true"#)
                })
            return damages
        }

        private static func findings(in output: String, besides damages: [Damage] = []) -> [Finding] {
            output.split(separator: "\n").compactMap { line -> Finding? in
                guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                    let sink = object["sink"] as? String, let finding = object["finding"] as? [String: Any],
                    let target = finding["target"] as? String
                else { return nil }
                let found = Finding(sink: sink, target: target)
                return damages.contains { $0.isNamed(by: found) } ? nil : found
            }
        }

        // MARK: What fails

        private enum Fault: CaseIterable { case sourceCut, killed, sinkCut, sourceRefused, sinkDown }

        /// Lets something fail and get well again; returns the process that runs the pipeline then.
        private func inflict(
            _ fault: Fault, on fire: FirePipeline, _ process: BackgroundProcess
        ) async throws -> BackgroundProcess {
            switch fault {
            case .sourceCut: fire.postgres.cut()
            case .sinkCut:
                fire.redis.cut()
                fire.elasticsearch.cut()
            case .killed:
                await process.end(with: SIGKILL)
                return try fire.start()
            case .sourceRefused:
                fire.postgres.refuse()
                try await Task.sleep(for: .seconds(1))
                fire.postgres.heal()
            case .sinkDown:
                try await fire.lab.stop("redis")
                try await Task.sleep(for: .seconds(2))
                try await fire.lab.up("redis")
            }
            return process
        }
    }
}

import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// What Redis and the way to it may suffer, beside an Elasticsearch that is well.
    @Suite struct RedisFaultTests {
        @Test func aRedisThatComesBackEmptyStopsThePipelineUntilItIsReset() async throws {
            try await FirePipeline.run { fire in
                let process = try fire.start()
                try await fire.catchUp()
                // It writes nothing to its disk.
                try await fire.lab.kill("redis")
                try await fire.lab.up("redis")
                try await fire.write(50, seed: 1, deleting: false)
                try await fire.expectStop(
                    process, saying: "redis", "the target has lost the pipeline's marker", "millrace checkpoint reset")
                try await fire.expectEqual(try await fire.reset())
            }
        }

        @Test func afterAFailoverTheReplicaIsFedFromWhereItStands() async throws {
            try await FirePipeline.run { fire in
                let port = fire.lab.sparePort(0)
                let first = try BackgroundProcess(
                    "/usr/bin/env", ["redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", ""],
                    environment: [:], log: fire.shop.folder.appendingPathComponent("redis.log"))
                let isUp = try await Eventually.holds {
                    (try? await Command.run("redis-cli", ["-p", "\(port)", "PING"])) != nil
                }
                #expect(isUp)
                fire.redis.retarget(port)
                let process = try fire.start()
                try await fire.catchUp()
                try await fire.shop.redis("REPLICAOF", "127.0.0.1", "\(port)")
                try await Eventually.require("the replica is in step") {
                    try await fire.shop.redis("INFO", "replication").contains("master_link_status:up")
                }
                try await fire.write(100, seed: 1)
                await first.end(with: SIGKILL)
                try await fire.shop.redis("REPLICAOF", "NO", "ONE")
                fire.redis.retarget(fire.lab.port + 2)
                try await fire.write(100, seed: 2)
                try await fire.expectEqual(process)
            }
        }

        @Test func refusalsOfAFullOrReadOnlyRedisAreWaitedOut() async throws {
            try await FirePipeline.runUntilEqual { fire, process in
                try await fire.shop.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
                try await fire.shop.redis("CONFIG", "SET", "maxmemory", "1")
                try await fire.write(100, seed: 1)
                try await fire.expectRetry(of: "redis", saying: "out of memory (OOM)")
                try await fire.shop.redis("CONFIG", "SET", "maxmemory", "0")
                try await fire.catchUp()
                try await fire.shop.redis("REPLICAOF", "127.0.0.1", "1")
                try await fire.write(100, seed: 2)
                try await fire.expectRetry(of: "redis", saying: "read-only replica")
                try await fire.shop.redis("REPLICAOF", "NO", "ONE")
                try await fire.catchUp()
            }
        }

        @Test func tornSlowAndSilentConnectionsToRedisLoseNothing() async throws {
            try await FirePipeline.run(users: 500, orders: 1_500) { fire in
                fire.redis.tear(afterBytes: 100...60_000, seed: 21)
                let process = try fire.start()
                for round in 1...Scale.rounds(3) { try await fire.write(100, seed: round) }
                try await Eventually.require("connections were torn") { fire.redis.connectionCount > 10 }
                fire.redis.heal()
                try await fire.catchUp()
                let before = fire.redis.connectionCount
                fire.redis.blackHole()
                try await fire.write(100, seed: 1_001)
                try await Eventually.require("the silence is noticed") { fire.redis.connectionCount > before }
                fire.redis.heal()
                fire.redis.slow(.toServer, bytesPerSecond: Scale.pace(30_000))
                fire.redis.delay(.milliseconds(50))
                try await fire.write(100, seed: 1_002)
                try await fire.catchUp()
                try await fire.expectEqual(process)
            }
        }
    }
}

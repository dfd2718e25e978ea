import ConnectorTestKit
import Foundation
import Testing

extension UnderFire {
    /// What Elasticsearch, its indices and the way to it may suffer, beside a Redis that is well.
    @Suite struct ElasticsearchFaultTests {
        @Test func refusalsInWholeAndInPartAreRetriedInOrder() async throws {
            try await FirePipeline.runUntilEqual { fire, process in
                let faults: [HTTPFaultProxy.Fault] = [
                    .answer(status: 429), .answer(status: 500), .answer(status: 503, headers: ["Retry-After": "1"]),
                    .answer(status: 502, body: "<html>bad gateway</html>"), .answer(status: 200, body: "not JSON"),
                    .failEveryOther(status: 429, type: "es_rejected_execution_exception"),
                    .failEveryOther(status: 503, type: "unavailable_shards_exception"),
                    .answerAfterwards(status: 503), .hangUp, .hangUpAfterwards,
                ]
                for (number, fault) in faults.enumerated() {
                    let before = fire.bulk.faultCount
                    fire.bulk.toBulks(fault)
                    try await fire.write(40, seed: number + 1)
                    try await Eventually.require("\(fault) came twice") { fire.bulk.faultCount >= before + 2 }
                    fire.bulk.heal()
                    try await fire.catchUp()
                }
            }
        }

        @Test func aRequestThatIsTooLargeIsSplitUntilItIsTaken() async throws {
            try await FirePipeline.run { fire in
                fire.bulk.rule { request in
                    request.path.hasPrefix("/_bulk") && request.body.count > 20_000
                        ? .answer(status: 413, body: "too large") : nil
                }
                let process = try fire.start()
                try await fire.write(200, seed: 1)
                try await fire.catchUp()
                #expect(fire.bulk.faultCount > 0)
                try await fire.expectEqual(process)
            }
        }

        @Test func tornSlowAndSilentConnectionsToElasticsearchLoseNothing() async throws {
            try await FirePipeline.run(users: 500, orders: 1_500) { fire in
                fire.elasticsearch.tear(afterBytes: 100...100_000, seed: 31)
                let process = try fire.start()
                for round in 1...Scale.rounds(3) { try await fire.write(100, seed: round) }
                try await Eventually.require("connections were torn") { fire.elasticsearch.connectionCount > 10 }
                fire.elasticsearch.heal()
                try await fire.catchUp()
                fire.elasticsearch.blackHole()
                try await fire.write(100, seed: 1_001)
                try await fire.expectRetry(of: "elasticsearch", saying: "did not answer in time")
                fire.elasticsearch.heal()
                fire.elasticsearch.slow(.toServer, bytesPerSecond: Scale.pace(60_000))
                fire.elasticsearch.delay(.milliseconds(50))
                try await fire.write(100, seed: 1_002)
                try await fire.catchUp()
                try await fire.expectEqual(process)
            }
        }

        @Test func aDeletedIndexStopsThePipelineUntilItIsReset() async throws {
            try await FirePipeline.run { fire in
                let process = try fire.start()
                try await fire.catchUp()
                try await fire.shop.elasticsearch("DELETE", "/orders")
                try await fire.write(50, seed: 1, deleting: false)
                try await fire.expectStop(process, saying: "elasticsearch", "millrace checkpoint reset")
                // What the cluster made by itself in the index's place is not the index.
                _ = try? await fire.shop.elasticsearch("DELETE", "/orders")
                try await fire.expectEqual(try await fire.reset())
            }
        }

        @Test func anIndexCreatedAgainIsNotTakenForTheOneThatWasFilled() async throws {
            try await FirePipeline.run { fire in
                let process = try fire.start()
                try await fire.catchUp()
                #expect(await process.end(with: SIGTERM) == 0, "\(process.output.suffix(2_000))")
                let mapping = try await fire.shop.elasticsearch("GET", "/orders/_mapping")
                let root = try JSONSerialization.jsonObject(with: Data(mapping.utf8)) as? [String: Any]
                let body = try JSONSerialization.data(withJSONObject: try #require(root?["orders"]))
                try await fire.shop.elasticsearch("DELETE", "/orders")
                try await fire.shop.elasticsearch("PUT", "/orders", String(decoding: body, as: UTF8.self))
                let again = try fire.start()
                try await fire.write(50, seed: 1, deleting: false)
                try await fire.expectStop(again, saying: "elasticsearch", "millrace checkpoint reset")
                try await fire.expectEqual(try await fire.reset())
            }
        }

        @Test func aMappingThatCannotTakeTheRowsIsRefusedBeforeTheFirstRow() async throws {
            try await FirePipeline.run { fire in
                try await fire.shop.elasticsearch(
                    "PUT", "/orders", #"{"mappings":{"properties":{"status":{"type":"integer"}}}}"#)
                let process = try fire.start()
                try await fire.expectStop(process, saying: "status", "delete the index")
                try await fire.shop.elasticsearch("DELETE", "/orders")
                try await fire.expectEqual(try fire.start())
            }
        }

        @Test func aFloodedDiskIsWaitedOutAndParksNothing() async throws {
            try await FirePipeline.runUntilEqual { fire, _ in
                try await fire.shop.elasticsearch(
                    "PUT", "/orders/_settings", #"{"index.blocks.read_only_allow_delete":true}"#)
                try await fire.write(100, seed: 1)
                try await fire.expectRetry(of: "elasticsearch", saying: "cluster_block_exception")
                try await fire.shop.elasticsearch(
                    "PUT", "/orders/_settings", #"{"index.blocks.read_only_allow_delete":null}"#)
            }
        }

        @Test func aClusterThatIsKilledAndStartedAgainLosesNothing() async throws {
            try await FirePipeline.runUntilEqual { fire, _ in
                try await fire.write(100, seed: 1)
                try await fire.lab.kill("elastic")
                try await fire.write(100, seed: 2)
                try await fire.lab.up("elastic")
                try await fire.write(100, seed: 3)
            }
        }
    }
}

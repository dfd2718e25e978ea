import Connector
import Testing

@testable import SinkConnectors

@Suite struct RedisServerCheckTests {
    private func findings(
        _ info: [String: String], saving: [String: String] = ["save": "3600 1", "appendfsync": "everysec"]
    ) -> [String] {
        let usual = [
            "redis_version": "7.0.15", "run_id": "abc", "maxmemory": "0", "maxmemory_policy": "noeviction",
            "role": "master", "cluster_enabled": "0", "aof_enabled": "1",
        ]
        let lines = usual.merging(info) { $1 }.map { "\($0):\($1)" }
        let server = RedisServer(info: "# Server\r\n" + lines.joined(separator: "\r\n") + "\r\n")
        return RedisServerCheck.findings(server, saving: saving).map { "\($0.severity.rawValue): \($0.message)" }
    }

    @Test func aServerAsItShouldBeGivesOneNote() {
        #expect(
            findings([:]) == [
                "note: Redis keeps an append-only file, synced every second: a crash can lose the last second"
            ])
    }

    @Test(
        arguments: [
            (["redis_version": "6.0.16"], "error: Redis 6.0 is too old"),
            (["redis_version": "6.2.7"], "warning: before version 7"),
            (["redis_version": ""], "warning: the server hides its version"),
            (["role": "slave"], "error: the server is a read-only"),
            (["cluster_enabled": "1"], "error: the server is a node of a Redis Cluster"),
            (["run_id": ""], "warning: the server hides its run"),
            (
                ["maxmemory": "1000", "maxmemory_policy": "allkeys-lru"],
                "warning: with maxmemory-policy allkeys-lru the server removes"
            ),
            (
                ["maxmemory": "1000", "maxmemory_policy": "volatile-ttl"],
                "warning: with maxmemory-policy volatile-ttl the server may"
            ),
            (["aof_enabled": "0"], "note: Redis saves snapshots now and then"),
        ] as [([String: String], String)])
    func whatEndangersRowsIsSaid(info: [String: String], finding: String) {
        #expect(findings(info).contains { $0.hasPrefix(finding) })
    }

    @Test func aServerThatSavesNothingIsWarnedOf() {
        #expect(
            findings(["aof_enabled": "0"], saving: ["save": ""]).contains {
                $0.hasPrefix("warning: Redis saves nothing")
            })
    }

    @Test func evictionWithoutALimitIsNone() {
        #expect(findings(["maxmemory": "0", "maxmemory_policy": "allkeys-lru"]).count == 1)
    }
}

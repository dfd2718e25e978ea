import Connector
import ConnectorTestKit
import Control
import Engine
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

struct StatusServerTests {
    let pipeline = StandInPipeline(Statuses.running())

    @Test func everyPageIsServed() async throws {
        try await withServer { port, _ in
            let health = try await get("/healthz", port: port)
            #expect(health.status == 200)
            #expect(health.body == "shop: running\n")
            #expect(try await get("/readyz", port: port).status == 200)
            let metrics = try await get("/metrics", port: port)
            #expect(metrics.headers.contains("text/plain; version=0.0.4"))
            #expect(metrics.body.contains(#"millrace_sink_lag_bytes{pipeline="shop",sink="redis"} 100"#))
            #expect(metrics.body.contains("process_resident_memory_bytes "))
            let status = try await get("/status", port: port)
            let reports = try ControlJSON.decode([StatusReport].self, from: Array(status.body.utf8))
            #expect(reports == [StatusReport(Statuses.running(), parkedWaiting: 0)])
            #expect(status.body.contains("\"p50_us\":1500"))
            #expect(try await get("/nothing", port: port).status == 404)
        }
    }

    @Test func aStoppedSinkTurnsHealthOffAndAStartingPipelineReadiness() async throws {
        try await withServer { port, health in
            pipeline.change { $0.sinks[0].stopReason = "the index is closed" }
            health.look(at: .seconds(1))
            let page = try await get("/healthz", port: port)
            #expect(page.status == 503)
            #expect(page.body == "shop: sink redis stopped: the index is closed\n")
            pipeline.change { $0.phase = .starting }
            #expect(try await get("/readyz", port: port).status == 503)
        }
    }

    private func withServer(_ body: (Int, HealthWatch) async throws -> Void) async throws {
        let health = HealthWatch(pipelines: [pipeline], patience: .seconds(60))
        health.look(at: .zero)
        let listening = AsyncStream.makeStream(of: Int.self)
        let server = StatusServer(
            desks: [ControlDesk(pipeline: pipeline, store: MemoryCheckpointStore())], health: health,
            address: HTTPAddress(host: "127.0.0.1", port: 0), logger: Logger(label: "tests"),
            onListening: { listening.continuation.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            for await port in listening.stream {
                try await body(port, health)
                break
            }
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
    }

    /// One request over a connection of its own.
    private func get(_ path: String, port: Int) async throws -> (status: Int, headers: String, body: String) {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let text = try await channel.executeThenClose { inbound, outbound in
            let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            try await outbound.write(ByteBuffer(string: request))
            var text = ""
            for try await buffer in inbound { text += String(buffer: buffer) }
            return text
        }
        let parts = text.components(separatedBy: "\r\n\r\n")
        let status = try #require(Int(text.split(separator: " ")[1]))
        return (status, parts[0].lowercased(), parts.dropFirst().joined(separator: "\r\n\r\n"))
    }
}

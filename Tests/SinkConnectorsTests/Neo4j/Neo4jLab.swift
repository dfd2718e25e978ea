import BoltCodec
import Change
import Connector
import ConnectorTestKit
import Foundation
import Testing

@testable import SinkConnectors

/// The lab's graph server, and labels of one test's own.
struct Neo4jLab {
    static var isWanted: Bool { ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil }

    /// A part of every label and type of the test.
    let name = "T\(UUID().uuidString.replacing("-", with: "").prefix(8))"
    let options: Neo4jOptions
    let client: BoltClient

    init() throws {
        let url = try #require(ProcessInfo.processInfo.environment["SHOP_NEO4J"])
        options = try Neo4jOptions(.test(["url": .secret(Secret(url)), "lanes": .integer(2)]))
        client = BoltClient(BoltTarget(options))
    }

    func label(_ name: String) -> String { "\(self.name)\(name)" }

    /// Runs a test with a sink of its own, and deletes what it made.
    static func run(_ body: (Neo4jLab, Neo4jSink) async throws -> Void) async throws {
        let lab = try Neo4jLab()
        let sink = Neo4jSink(pipeline: lab.name, name: "neo4j", options: lab.options, logger: .quiet)
        do {
            _ = try await sink.open()
            try await body(lab, sink)
        } catch {
            await sink.close()
            try await lab.clean()
            throw error
        }
        await sink.close()
        try await lab.clean()
    }

    func ask(_ statement: String, _ parameters: [String: PackStreamValue] = [:]) async throws -> [[PackStreamValue]] {
        try await client.ask(BoltStatement(statement, parameters))
    }

    private func clean() async throws {
        for label in ["A", "B", "User", "Order"].map(label) {
            _ = try? await ask("MATCH (n:\(label)) DETACH DELETE n")
        }
        _ = try? await ask("MATCH (m:MillraceMarker {id: $id}) DELETE m", ["id": .text("\(name).neo4j")])
        await client.close()
    }
}

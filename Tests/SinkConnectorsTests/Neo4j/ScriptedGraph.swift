import BoltCodec
import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

/// A scripted server and a client of it.
struct ScriptedGraph {
    let server: ScriptedBoltServer
    let options: Neo4jOptions

    static let store: ScriptedBoltAnswer = .success(["has_more": .boolean(false)], records: [[.text("store")]])

    static func run(
        _ manner: ScriptedBoltServer.Manner = .init(), scheme: String = "bolt", timeout: Duration = .seconds(20),
        answering script: @escaping ScriptedBoltServer.Script = { _ in nil },
        _ body: (ScriptedGraph, BoltClient) async throws -> Void
    ) async throws {
        let server = try await ScriptedBoltServer(manner, answering: script)
        let options = try Neo4jOptions(
            .test([
                "url": .secret(Secret("\(scheme)://me:pass@127.0.0.1:\(server.port)/shop")),
                "timeout": .duration(timeout),
                "constraints": .text("off"), "lanes": .integer(1),
            ]))
        let client = BoltClient(BoltTarget(options))
        do {
            try await body(ScriptedGraph(server: server, options: options), client)
        } catch {
            await client.close()
            try await server.stop()
            throw error
        }
        await client.close()
        try await server.stop()
    }

    func sink() -> Neo4jSink {
        Neo4jSink(pipeline: "shop", name: "neo4j", options: options, logger: .quiet)
    }

    /// The tags that came over a connection, in order.
    func tags(_ connection: Int) -> [UInt8] { server.asked.filter { $0.connection == connection }.map(\.tag) }
}

/// Rows of one shape, and writes of them.
struct GraphTable {
    let schema: TableSchema

    init(_ columns: [(String, DataType)], key: [String] = ["id"], identity: ReplicaIdentity = .primaryKey) {
        schema = .forTest("things", columns: columns, key: key, identity: identity)
    }

    func mapping(
        of sink: Neo4jSink, name: String = "things", _ options: [String: OptionValue], select: [String]? = nil
    ) throws -> Neo4jMapping {
        let outputs = schema.columns.indices.filter { select?.contains(schema.columns[$0].name) ?? true }
            .map { OutputField(name: schema.columns[$0].name, column: $0) }
        let request = MappingRequest(name: name, schema: schema, outputs: outputs, options: .test(options))
        return try #require(try sink.makeMapping(request) as? Neo4jMapping)
    }

    func write(_ mapping: Neo4jMapping, _ texts: [String?], version: Int64, delete: Bool = false) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: delete ? .delete : .upsert, row: Row(schema: schema, texts: texts),
            version: Version(rawValue: version), position: Position(commit: UInt64(version)),
            kind: delete ? .delete : .insert, committedAt: 0, transaction: 1)
    }
}

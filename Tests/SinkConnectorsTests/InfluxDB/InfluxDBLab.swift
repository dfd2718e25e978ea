import Change
import Connector
import ConnectorTestKit
import Foundation
import Synchronization
import Testing

@testable import SinkConnectors

/// The lab's InfluxDB, and a measurement of one test's own that is dropped at the end.
struct InfluxDBLab {
    static var isWanted: Bool { ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil }

    let name = "test \(UUID().uuidString.lowercased().prefix(8))"
    let url: String
    let client: InfluxDBClient

    init() throws {
        url = try #require(ProcessInfo.processInfo.environment["SHOP_INFLUXDB"])
        client = try InfluxDBClient(try InfluxDBOptions(.test(["url": .secret(Secret(url))])))
    }

    /// Runs a test, and drops what it made.
    static func run(_ body: (InfluxDBLab) async throws -> Void) async throws {
        let lab = try InfluxDBLab()
        do {
            try await body(lab)
        } catch {
            try await lab.clean()
            throw error
        }
        try await lab.clean()
    }

    func withSink(_ body: (InfluxDBSink) async throws -> Void) async throws {
        let sink = try InfluxDBSink.test(
            pipeline: name, ["url": .secret(Secret(url)), "marker_measurement": .text("\(name) markers")])
        do {
            _ = try await sink.open()
            try await body(sink)
        } catch {
            await sink.close()
            throw error
        }
        await sink.close()
    }

    func query(_ statement: String) async throws -> QueryTable {
        try #require(try await client.query(statement, doing: "asking").first)
    }

    private func clean() async throws {
        for measurement in [name, "\(name) markers"] {
            _ = try? await client.query("DROP MEASUREMENT \(InfluxQL.name(measurement))", doing: "cleaning")
        }
        await client.close()
    }
}

extension InfluxDBSink {
    static func test(pipeline: String = "shop", _ options: [String: OptionValue]) throws -> InfluxDBSink {
        let parsed = try InfluxDBOptions(.test(options))
        return InfluxDBSink(
            pipeline: pipeline, name: "influxdb", options: parsed, client: try InfluxDBClient(parsed), logger: .quiet)
    }
}

/// A server that takes every point and finds none, until a test's script says otherwise.
final class ScriptedInfluxDB: Sendable {
    /// Decides on one request, nil for the answer of a server that is well; called with the number of requests of the
    /// same path before it.
    typealias Script = @Sendable (_ request: ScriptedRequest, _ before: Int) -> ScriptedAnswer?

    let server: ScriptedHTTPServer

    init(_ script: @escaping Script) async throws {
        let counts = Counts()
        server = try await ScriptedHTTPServer { request in
            let path = String(request.path.prefix { $0 != "?" })
            if let answer = script(request, counts.next(path)) { return answer }
            return path == "/query" ? .json(#"{"results":[{"statement_id":0}]}"#) : .json("", status: 204)
        }
    }

    private final class Counts: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        func next(_ path: String) -> Int {
            counts.withLock { counts in
                defer { counts[path, default: 0] += 1 }
                return counts[path, default: 0]
            }
        }
    }

    /// The requests that wrote points, those of the marker left out.
    var writes: [ScriptedRequest] {
        server.requests.filter { $0.path.contains("/write") && !$0.text.hasPrefix("millrace_markers") }
    }

    /// Runs a body against a server, and stops it.
    static func run(
        _ options: [String: OptionValue] = [:], answering script: @escaping Script = { _, _ in nil },
        _ body: (ScriptedInfluxDB, InfluxDBSink) async throws -> Void
    ) async throws {
        let scripted = try await ScriptedInfluxDB(script)
        let values = options.merging(
            ["url": .secret(Secret("\(scripted.server.url)/shop")), "compression": .boolean(false)]
        ) { given, _ in given }
        let sink = try InfluxDBSink.test(values)
        do {
            try await body(scripted, sink)
        } catch {
            await sink.close()
            try await scripted.server.stop()
            throw error
        }
        await sink.close()
        try await scripted.server.stop()
    }
}

/// Rows of one shape, and writes of them.
struct PointTable {
    let schema: TableSchema

    init(_ columns: [(String, DataType)], key: [String] = ["id"]) {
        schema = .forTest("things", columns: columns, key: key, identity: .full)
    }

    func mapping(
        of sink: InfluxDBSink, measurement: String = "things", name: String = "things", _ options: [String: OptionValue]
    ) throws -> InfluxDBMapping {
        let outputs = schema.columns.indices.map { OutputField(name: schema.columns[$0].name, column: $0) }
        let values = options.merging(["measurement": .text(measurement)]) { given, _ in given }
        let request = MappingRequest(name: name, schema: schema, outputs: outputs, options: .test(values))
        return try #require(try sink.makeMapping(request) as? InfluxDBMapping)
    }

    func write(
        _ mapping: InfluxDBMapping, _ texts: [String?], _ action: SinkWrite.Action = .upsert,
        kind: ChangeKind = .insert,
        commit: UInt64 = 10, ordinal: UInt64 = 0, at microseconds: Int64 = 1_700_000_000_000_000
    ) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: Row(schema: schema, texts: texts),
            version: Version(epoch: 0, commit: commit, window: 0), position: Position(commit: commit, ordinal: ordinal),
            kind: kind, committedAt: microseconds, transaction: commit)
    }

    /// The line that a row becomes.
    func line(_ mapping: InfluxDBMapping, _ texts: [String?], _ action: SinkWrite.Action = .upsert) throws -> String {
        var encoding = PointEncoding(reserving: 100)
        _ = try encoding.append(write(mapping, texts, action), mapping: mapping)
        return String(decoding: encoding.body, as: UTF8.self)
    }
}

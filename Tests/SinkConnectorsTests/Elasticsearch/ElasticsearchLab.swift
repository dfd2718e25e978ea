import Change
import Connector
import Foundation
import Logging
import NIOCore
import Testing

@testable import SinkConnectors

/// The lab's Elasticsearch, and an index of one test's own that is deleted at the end.
struct ElasticsearchLab {
    static var isWanted: Bool { ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil }

    let prefix = "millrace-test-\(UUID().uuidString.lowercased().prefix(8))"
    let client: ElasticsearchClient
    let url: String

    init() throws {
        url = try #require(ProcessInfo.processInfo.environment["SHOP_ELASTICSEARCH"])
        let options = try ElasticsearchOptions(.test(["url": .secret(Secret(url))]))
        client = try ElasticsearchClient(options, logger: .quiet)
    }

    /// Runs a test against sinks of its own, and deletes what they made.
    static func run(_ body: (ElasticsearchLab) async throws -> Void) async throws {
        let lab = try ElasticsearchLab()
        do {
            try await body(lab)
        } catch {
            try await lab.clean()
            throw error
        }
        try await lab.clean()
    }

    func sink(
        pipeline: String? = nil, name: String = "elasticsearch", options: [String: OptionValue] = [:]
    ) throws -> ElasticsearchSink {
        let values = options.merging(["url": .secret(Secret(url)), "marker_index": .text("\(prefix)-markers")]) { $1 }
        return try ElasticsearchSink.test(pipeline: pipeline ?? prefix, name: name, options: values)
    }

    /// A sink, opened, with its mappings prepared, closed after the body.
    func withSink(
        pipeline: String? = nil, options: [String: OptionValue] = [:],
        _ mappings: (ElasticsearchSink) throws -> [ElasticsearchMapping],
        _ body: (ElasticsearchSink, [ElasticsearchMapping]) async throws -> Void
    ) async throws {
        let sink = try sink(pipeline: pipeline, options: options)
        do {
            _ = try await sink.open()
            let made = try mappings(sink)
            try await sink.prepare(made)
            try await body(sink, made)
        } catch {
            await sink.close()
            throw error
        }
        await sink.close()
    }

    /// How many documents a search finds.
    func found(_ index: String, _ query: JSONValue) async throws -> Int64? {
        _ = try await ask(.post("/\(index)/_refresh"))
        return try await ask(.post("/\(index)/_count", ["query": query]))["count"]?.integer
    }

    /// What a request answers, as a tree.
    @discardableResult
    func ask(_ request: ElasticsearchRequest) async throws -> JSONValue {
        try await client.send(request).json()
    }

    /// The document of an id, nil where there is none.
    func document(_ id: String, in index: String, routing: String? = nil) async throws -> JSONValue? {
        let query = routing.map { "?routing=\($0)" } ?? ""
        let answer = try await ask(.get("/\(index)/_doc/\(PathPart.encode(id))\(query)"))
        return answer["found"] == true ? answer["_source"] : nil
    }

    func version(of id: String, in index: String) async throws -> Int64? {
        try await ask(.get("/\(index)/_doc/\(PathPart.encode(id))"))["_version"]?.integer
    }

    func count(_ index: String) async throws -> Int64? {
        _ = try await ask(.post("/\(index)/_refresh"))
        return try await ask(.get("/\(index)/_count"))["count"]?.integer
    }

    private func clean() async throws {
        _ = try await client.send(.delete("/\(prefix)*"))
        await client.close()
    }
}

extension Logger {
    /// Writes nowhere.
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension OptionValues {
    static let place = SourceLocation(file: "test.yaml", line: 1, column: 1)

    static func test(_ values: [String: OptionValue]) -> OptionValues {
        OptionValues(values.mapValues { Entry(value: $0, location: place) }, at: place)
    }
}

extension ElasticsearchSink {
    static func test(
        pipeline: String, name: String = "elasticsearch", options: [String: OptionValue]
    ) throws -> ElasticsearchSink {
        let parsed = try ElasticsearchOptions(.test(options))
        return ElasticsearchSink(
            pipeline: pipeline, name: name, options: parsed, client: try ElasticsearchClient(parsed, logger: .quiet),
            logger: .quiet)
    }
}

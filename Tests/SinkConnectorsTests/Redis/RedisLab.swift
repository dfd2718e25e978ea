import Change
import Connector
import ConnectorTestKit
import Foundation
import Logging
import RedisCodec
import Testing

@testable import SinkConnectors

/// The lab's Redis, and keys of one test's own that are deleted at the end.
struct RedisLab: Sendable {
    static var isWanted: Bool { ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil }

    let prefix = "millrace-test-\(UUID().uuidString.lowercased().prefix(8))"
    let url: String
    /// Speaks to the server beside the sink.
    let client: RedisClient

    init(url: String? = nil) throws {
        self.url = try url ?? #require(ProcessInfo.processInfo.environment["SHOP_REDIS"])
        client = RedisClient(
            RedisTarget(options: RedisOptions(address: try RedisAddress(parsing: self.url)), pipeline: "test"))
    }

    /// Runs a test, and deletes its keys.
    static func run(url: String? = nil, _ body: (RedisLab) async throws -> Void) async throws {
        let lab = try RedisLab(url: url)
        do {
            try await body(lab)
        } catch {
            try await lab.clean()
            throw error
        }
        try await lab.clean()
    }

    func makeSink(
        _ options: [String: OptionValue] = [:], name: String = "redis", source: any ReadableSource = EmptySource()
    ) throws -> RedisSink {
        let values = options.merging(["url": .secret(Secret(url))]) { given, _ in given }
        return RedisSink(
            options: try RedisOptions(.test(values)), pipeline: prefix, name: name, source: source, logger: .quiet)
    }

    /// An opened sink, closed after the body.
    func withSink(
        _ options: [String: OptionValue] = [:], source: any ReadableSource = EmptySource(),
        _ body: (RedisSink) async throws -> Void
    ) async throws {
        let sink = try makeSink(options, source: source)
        do {
            _ = try await sink.open()
            try await body(sink)
        } catch {
            await sink.close()
            throw error
        }
        await sink.close()
    }

    /// Asks the server; an error reply is returned, not thrown.
    @discardableResult
    func ask(_ arguments: String...) async throws -> RedisReply {
        var commands = RedisCommands()
        try commands.append(arguments)
        return try #require(try await client.send(commands).first)
    }

    /// A hash as the server has it; empty where it has none.
    func hash(_ key: String) async throws -> [String: String] {
        let texts = try #require(try await ask("HGETALL", key).elements).map { $0.text ?? "" }
        var fields: [String: String] = [:]
        for index in stride(from: 0, to: texts.count, by: 2) { fields[texts[index]] = texts[index + 1] }
        return fields
    }

    private func clean() async throws {
        for pattern in ["*\(prefix)*"] {
            for key in try #require(try await ask("KEYS", pattern).elements) { try await ask("DEL", key.text ?? "") }
        }
        await client.close()
    }
}

/// A source that has nothing to say.
struct EmptySource: ReadableSource {
    func describe(_ tables: [TableName]) async throws -> [TableSchema] { [] }
    func lookup(_ request: LookupRequest) async throws -> LookupResult {
        LookupResult(rows: request.keys.map { _ in [] })
    }
}

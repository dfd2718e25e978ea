import Connector
import Foundation
import Testing

@testable import Pipelines

@Suite struct PipelineSchemaTests {
    private func schema() throws -> [String: Any] {
        let text = PipelineSchema.json(sources: [Kinds.postgres], sinks: [Kinds.redis, Kinds.stdout])
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private func member(_ path: String...) throws -> Any {
        var value: Any = try schema()
        for key in path { value = try #require((value as? [String: Any])?[key], "\(key) in \(path)") }
        return value
    }

    @Test func everyOptionOfEveryKindStandsInTheSchema() throws {
        #expect(try member("$schema") as? String == "https://json-schema.org/draft/2020-12/schema")
        let source = try member("properties", "source", "properties", "postgres", "properties")
        #expect(Set(try #require(source as? [String: Any]).keys) == ["url", "slot", "tables", "snapshot"])
        let sink = try #require(
            member("properties", "sinks", "items", "properties", "redis", "properties") as? [String: Any])
        #expect(Set(sink.keys) == Set(Kinds.redis.options.map(\.name) + ["name", "write"]))
        let entry = try #require(
            member("properties", "sinks", "items", "properties", "redis", "properties", "write", "items", "properties")
                as? [String: Any])
        #expect(Set(entry.keys) == Set(Kinds.redis.mappingOptions.map(\.name) + WriteReader.keys))
    }

    @Test func messagesStandInTheSchemaWhereAKindTakesThem() throws {
        let entry = try #require(
            member("properties", "sinks", "items", "properties", "stdout", "properties", "write", "items")
                as? [String: Any])
        #expect(Set(try #require(entry["properties"] as? [String: Any]).keys) == Set(WriteReader.keys + ["messages"]))
        #expect(entry["required"] == nil)
    }

    @Test func whatIsRequiredIsRequired() throws {
        #expect(try member("required") as? [String] == ["format", "pipeline", "source", "sinks"])
        let redis = try member("properties", "sinks", "items", "properties", "redis", "required")
        #expect(redis as? [String] == ["write", "url"])
    }
}

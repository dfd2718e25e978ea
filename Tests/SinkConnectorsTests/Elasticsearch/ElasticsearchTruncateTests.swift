import Change
import Connector
import Testing

@testable import SinkConnectors

@Suite("Elasticsearch, truncates of the real engine", .enabled(if: ElasticsearchLab.isWanted))
struct ElasticsearchTruncateTests {
    let table = DocumentTable([("id", .int32), ("name", .text), ("price", .decimal(precision: 30, scale: 10))])

    @Test func aTruncateDeletesWhatIsOlderAndNothingElse() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                let mapping = mappings[0]
                // More than one page of the search.
                let many = (0..<4500).map { table.upsert(mapping, ["\($0)", "n", "1"], version: 99) }
                #expect(Set(try await sink.apply(many, lane: 0).map(\.word)) == ["applied"])
                _ = try await sink.apply([table.upsert(mapping, ["9000", "newer", "1"], version: 100)], lane: 0)
                try await sink.truncate(mapping, floor: Version(rawValue: 100))
                #expect(try await lab.count(lab.prefix) == 1)
                let after = try await sink.apply(
                    [
                        // A write from before the truncate does not come back; one of its own window, after it, does.
                        table.upsert(mapping, ["1", "before", "1"], version: 98),
                        table.upsert(mapping, ["2", "after", "1"], version: 100),
                    ], lane: 0)
                #expect(after.map(\.word) == ["stale", "applied"])
                try await sink.truncate(mapping, floor: Version(rawValue: 100))
                #expect(try await lab.count(lab.prefix) == 2)
            }
        }
    }

    @Test func aSoftTruncateKeepsEveryDocumentAndMarksIt() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix, ["delete": .text("soft"), "routing": .text("{id}")])]
            } _: { sink, mappings in
                let mapping = mappings[0]
                _ = try await sink.apply(
                    [
                        table.upsert(mapping, ["1", "deleted\n\"x\"", "12345678901234567890.1234567890"], version: 10),
                        table.upsert(mapping, ["2", "b", "1"], version: 10),
                        table.delete(mapping, ["2"], version: 11),
                    ], lane: 0)
                #expect(try await lab.document("2", in: lab.prefix, routing: "2") == ["id": 2, "deleted": true])
                #expect(try await lab.document("1", in: lab.prefix, routing: "1")?["deleted"] == false)
                try await sink.truncate(mapping, floor: Version(rawValue: 50))
                #expect(
                    try await lab.document("1", in: lab.prefix, routing: "1") == [
                        "id": 1, "name": "deleted\n\"x\"", "price": "12345678901234567890.1234567890", "deleted": true,
                    ])
                #expect(try await lab.found(lab.prefix, ["term": ["deleted": true]]) == 2)
                let back = try await sink.apply([table.upsert(mapping, ["1", "again", "1"], version: 50)], lane: 0)
                #expect(back.map(\.word) == ["applied"])
            }
        }
    }
}

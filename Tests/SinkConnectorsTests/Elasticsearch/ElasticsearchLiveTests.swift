import Change
import Connector
import Testing

@testable import SinkConnectors

@Suite("Elasticsearch, the real engine", .enabled(if: ElasticsearchLab.isWanted))
struct ElasticsearchLiveTests {
    let table = DocumentTable([("id", .int32), ("name", .text), ("price", .decimal(precision: 10, scale: 2))])

    @Test func rowsBecomeDocumentsAndDeletesRemoveThem() async throws {
        try await ElasticsearchLab.run { lab in
            let sink = try lab.sink()
            _ = try await sink.open()
            let mapping = try table.mapping(of: sink, index: lab.prefix)
            try await sink.prepare([mapping])
            let first = try await sink.apply(
                [
                    table.upsert(mapping, ["1", "a \"quoted\" name", "12.30"], version: 10),
                    table.upsert(mapping, ["2", nil, "NaN"], version: 10),
                    table.delete(mapping, ["3"], version: 10),
                ], lane: 0)
            #expect(first.map(\.word) == ["applied", "applied", "applied"])
            #expect(
                try await lab.document("1", in: lab.prefix) == [
                    "id": 1, "name": "a \"quoted\" name", "price": .number(12.3),
                ])
            #expect(try await lab.document("2", in: lab.prefix) == ["id": 2, "name": .null, "price": "NaN"])
            let second = try await sink.apply([table.delete(mapping, ["1"], version: 11)], lane: 0)
            #expect(second.map(\.word) == ["applied"])
            #expect(try await lab.document("1", in: lab.prefix) == nil)
            await sink.close()
        }
    }

    @Test func whatIsOlderThanTheDocumentTouchesNothing() async throws {
        try await ElasticsearchLab.run { lab in
            let sink = try lab.sink()
            _ = try await sink.open()
            let mapping = try table.mapping(of: sink, index: lab.prefix)
            try await sink.prepare([mapping])
            _ = try await sink.apply([table.upsert(mapping, ["1", "new", "1"], version: 20)], lane: 0)
            let old = try await sink.apply(
                [
                    table.upsert(mapping, ["1", "old", "1"], version: 19),
                    table.upsert(mapping, ["1", "same", "1"], version: 20),
                    table.delete(mapping, ["1"], version: 19),
                ], lane: 1)
            #expect(old.map(\.word) == ["stale", "stale", "stale"])
            #expect(try await lab.document("1", in: lab.prefix)?["name"] == "new")
            // A delete leaves its version behind: what is older does not bring the row back.
            _ = try await sink.apply([table.delete(mapping, ["1"], version: 30)], lane: 0)
            let late = try await sink.apply([table.upsert(mapping, ["1", "old", "1"], version: 29)], lane: 0)
            #expect(late.map(\.word) == ["stale"])
            #expect(try await lab.document("1", in: lab.prefix) == nil)
            await sink.close()
        }
    }

    @Test func compressedBodiesArriveAsTheyAre() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink(options: ["compression": .boolean(true)]) {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                let writes = (0..<500).map { table.upsert(mappings[0], ["\($0)", "name \($0)", "1.25"], version: 1) }
                let results = try await sink.apply(writes, lane: 0)
                #expect(Set(results.map(\.word)) == ["applied"])
                #expect(try await lab.document("499", in: lab.prefix)?["name"] == "name 499")
                #expect(try await lab.count(lab.prefix) == 500)
            }
        }
    }

    @Test func anAliasOfOneIndexIsWrittenThrough() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.ask(.put("/\(lab.prefix)-v1", ["aliases": .object([lab.prefix: [:]])]))
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                let results = try await sink.apply([table.upsert(mappings[0], ["1", "a", "1"], version: 1)], lane: 0)
                #expect(results.map(\.word) == ["applied"])
                #expect(try await lab.document("1", in: "\(lab.prefix)-v1") != nil)
            }
            // An alias of two has no one place for a row.
            try await lab.ask(.put("/\(lab.prefix)-v2", ["aliases": .object([lab.prefix: [:]])]))
            let error = await #expect(throws: MillraceError.self) {
                try await lab.withSink {
                    [try table.mapping(of: $0, index: lab.prefix)]
                } _: { _, _ in
                }
            }
            #expect(error?.code == .sinkRejected)
        }
    }
}

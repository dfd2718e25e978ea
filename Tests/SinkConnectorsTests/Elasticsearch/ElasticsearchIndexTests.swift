import Change
import Connector
import Foundation
import Testing

@testable import SinkConnectors

@Suite("Elasticsearch, indices of the real engine", .enabled(if: ElasticsearchLab.isWanted))
struct ElasticsearchIndexTests {
    let table = DocumentTable([("id", .int32), ("name", .text), ("price", .decimal(precision: 10, scale: 2))])

    @Test func anIndexIsCreatedFromTheSchema() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix, ["replicas": .integer(0), "delete": .text("soft")])]
            } _: { _, _ in
                let index = try #require(try await lab.ask(.get("/\(lab.prefix)"))[lab.prefix])
                let mapping = try #require(index["mappings"])
                #expect(mapping["dynamic"] == "strict")
                #expect(mapping[["properties", "id"]] == ["type": "integer"])
                #expect(mapping[["properties", "price", "type"]] == "double")
                #expect(mapping[["properties", "name", "fields", "keyword", "ignore_above"]] == 256)
                #expect(mapping[["properties", "deleted"]] == ["type": "boolean"])
                #expect(index[["settings", "index", "gc_deletes"]] == "3600s")
                #expect(index[["settings", "index", "number_of_replicas"]] == "0")
            }
        }
    }

    @Test func aMappingFileHasTheLastWord() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString).json")
        let text = """
            {"settings":{"index":{"refresh_interval":"30s"}},
             "mappings":{"dynamic":false,"properties":{"name":{"type":"keyword"}}}}
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix, ["mapping_file": .text(file.path)])]
            } _: { _, _ in
                let index = try #require(try await lab.ask(.get("/\(lab.prefix)"))[lab.prefix])
                #expect(index[["mappings", "dynamic"]] == "false")
                #expect(index[["mappings", "properties", "name"]] == ["type": "keyword"])
                #expect(index[["mappings", "properties", "id"]] == ["type": "integer"])
                #expect(index[["settings", "index", "refresh_interval"]] == "30s")
            }
        }
    }

    @Test func anIndexThatCannotTakeTheRowsStopsBeforeTheFirst() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.ask(
                .put(
                    "/\(lab.prefix)", ["mappings": ["properties": ["name": ["type": "long"], "id": ["type": "date"]]]]))
            let error = await #expect(throws: MillraceError.self) {
                try await lab.withSink {
                    [try table.mapping(of: $0, index: lab.prefix)]
                } _: { _, _ in
                }
            }
            #expect(error?.code == .sinkRejected)
            #expect(error?.message.contains("name is long in the index, which cannot take text") == true)
            let sink = try lab.sink()
            let findings = await sink.check([try table.mapping(of: sink, index: lab.prefix)])
            #expect(findings.contains { $0.severity == .error && $0.message.contains("name is long") })
            await sink.close()
        }
    }

    @Test func aNewColumnBecomesAFieldOfTheExistingIndex() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                _ = try await sink.apply([table.upsert(mappings[0], ["1", "a", "1"], version: 1)], lane: 0)
                let wider = DocumentTable([
                    ("id", .int32), ("name", .text), ("price", .float64), ("at", .timestampWithZone),
                ])
                let mapping = try wider.mapping(of: sink, index: lab.prefix)
                try await sink.prepare([mapping])
                let results = try await sink.apply(
                    [wider.upsert(mapping, ["1", "a", "1", "2024-01-02 03:04:05.678901+00"], version: 2)], lane: 0)
                #expect(results.map(\.word) == ["applied"])
                #expect(try await lab.document("1", in: lab.prefix)?["at"] == "2024-01-02T03:04:05.678901Z")
                #expect(try await lab.found(lab.prefix, ["range": ["at": ["gte": "2024-01-02T03:04:05.678Z"]]]) == 1)
            }
        }
    }

    @Test func theMemoryOfDeletesFollowsItsOption() async throws {
        try await ElasticsearchLab.run { lab in
            for (option, setting) in [(Duration.seconds(60), "60s"), (.seconds(7200), "7200s")] {
                try await lab.withSink {
                    [try table.mapping(of: $0, index: lab.prefix, ["gc_deletes": .duration(option)])]
                } _: { _, _ in
                    let index = try #require(try await lab.ask(.get("/\(lab.prefix)"))[lab.prefix])
                    #expect(index[["settings", "index", "gc_deletes"]]?.text == setting)
                }
            }
        }
    }

    @Test func documentsOfOthersAreAFindingOfCheck() async throws {
        try await ElasticsearchLab.run { lab in
            func warnings() async throws -> [String] {
                let sink = try lab.sink()
                let findings = await sink.check([try table.mapping(of: sink, index: lab.prefix)])
                await sink.close()
                return findings.filter { $0.severity == .warning }.map(\.message)
            }
            try await lab.ask(.put("/\(lab.prefix)/_doc/9", ["id": 9]))
            try await lab.ask(.post("/\(lab.prefix)/_refresh"))
            let before = try await warnings()
            #expect(before.contains { $0.hasSuffix("holds 1 documents that this pipeline did not write") })
            #expect(before.contains { $0.contains("the version of a deleted document is forgotten after a minute") })
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { _, _ in
            }
            let after = try await warnings()
            #expect(!after.contains { $0.hasSuffix("documents that this pipeline did not write") })
        }
    }

    @Test func anIndexThatIsDeletedWhileItIsFedIsNoticed() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                _ = try await sink.apply([table.upsert(mappings[0], ["1", "a", "1"], version: 1)], lane: 0)
                try await sink.writeMarker(.test(lab.prefix))
                let before = try await sink.open()
                try await lab.ask(.delete("/\(lab.prefix)"))
                // The engine brings the index back by itself, with types that it guesses.
                let error = await #expect(throws: MillraceError.self) {
                    try await sink.apply([table.upsert(mappings[0], ["2", "b", "1"], version: 2)], lane: 0)
                }
                #expect(error?.code == .sinkReplaced)
                // A checkpoint that is under way meanwhile must not vouch for the new index.
                let marked = await #expect(throws: MillraceError.self) {
                    try await sink.writeMarker(.test(lab.prefix))
                }
                #expect(marked?.code == .sinkReplaced)
                let written = await #expect(throws: MillraceError.self) {
                    try await sink.apply([table.upsert(mappings[0], ["3", "c", "1"], version: 3)], lane: 0)
                }
                #expect(written?.code == .sinkReplaced)
                #expect(try await sink.open() != before)
                let marker = try await sink.readMarker(pipeline: lab.prefix)
                #expect(marker == nil)
            }
        }
    }

    @Test func anIndexThatWasReplacedBetweenRunsIsNoticed() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                _ = try await sink.apply([table.upsert(mappings[0], ["1", "a", "1"], version: 1)], lane: 0)
                try await sink.writeMarker(.test(lab.prefix))
            }
            try await lab.ask(.delete("/\(lab.prefix)"))
            let error = await #expect(throws: MillraceError.self) {
                try await lab.withSink {
                    [try table.mapping(of: $0, index: lab.prefix)]
                } _: { _, _ in
                }
            }
            #expect(error?.code == .sinkReplaced)
            // The next start finds no marker, and an index that may be made anew.
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, _ in
                let marker = try await sink.readMarker(pipeline: lab.prefix)
                #expect(marker == nil)
            }
        }
    }

    @Test func aStaleAnswerOfAnotherIndexIsNoticed() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                let write = table.upsert(mappings[0], ["1", "a", "1"], version: 1)
                _ = try await sink.apply([write], lane: 0)
                try await lab.ask(.delete("/\(lab.prefix)"))
                // Somebody else fills it again: no write of ours is its first.
                try await lab.ask(.put("/\(lab.prefix)/_doc/1?version=9&version_type=external", ["id": 1]))
                let error = await #expect(throws: MillraceError.self) { try await sink.apply([write], lane: 0) }
                #expect(error?.code == .sinkReplaced)
            }
        }
    }

    @Test func theMarkerIsReadAsItWasWritten() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink { _ in
                []
            } _: { sink, _ in
                #expect(try await sink.readMarker(pipeline: lab.prefix) == nil)
                let marker = SinkMarker.test(lab.prefix)
                try await sink.writeMarker(marker)
                #expect(try await sink.readMarker(pipeline: lab.prefix) == marker)
                let incarnation = try await sink.open()
                try await lab.withSink { _ in
                    []
                } _: { other, _ in
                    let found = try await other.readMarker(pipeline: lab.prefix)
                    let again = try await other.open()
                    #expect(found == marker)
                    #expect(again == incarnation)
                }
                try await sink.removeMarker(pipeline: lab.prefix)
                try await lab.withSink { _ in
                    []
                } _: { other, _ in
                    let found = try await other.readMarker(pipeline: lab.prefix)
                    let again = try await other.open()
                    #expect(found == nil)
                    #expect(again != incarnation)
                }
            }
        }
    }

    @Test func twoSinksOfAPipelineLeaveTheirMarkersInOneCluster() async throws {
        try await ElasticsearchLab.run { lab in
            var incarnations: Set<SinkIncarnation> = []
            for round in 0..<2 {
                for (number, name) in ["first", "second"].enumerated() {
                    let sink = try lab.sink(name: name)
                    incarnations.insert(try await sink.open())
                    let found = try await sink.readMarker(pipeline: lab.prefix)
                    var marker = SinkMarker.test(lab.prefix)
                    marker.progress.commit += UInt64(number)
                    #expect(found == (round == 0 ? nil : marker))
                    try await sink.writeMarker(marker)
                    await sink.close()
                }
            }
            #expect(incarnations.count == 2)
        }
    }

    @Test func twoTablesShareAnIndexWhereTheirDocumentsAreToldApart() async throws {
        try await ElasticsearchLab.run { lab in
            let error = await #expect(throws: ConfigurationErrors.self) {
                try await lab.withSink {
                    [
                        try table.mapping(of: $0, index: lab.prefix, id: "a-{id}", name: "a"),
                        try table.mapping(of: $0, index: lab.prefix, id: "b-{id}", name: "b"),
                    ]
                } _: { _, _ in
                }
            }
            #expect(error?.diagnostics.first?.hint == "give each of them `origin_field: origin`")
            let options: [String: OptionValue] = ["origin_field": .text("origin")]
            try await lab.withSink {
                [
                    try table.mapping(of: $0, index: lab.prefix, id: "a-{id}", name: "a", options),
                    try table.mapping(of: $0, index: lab.prefix, id: "b-{id}", name: "b", options),
                ]
            } _: { sink, mappings in
                _ = try await sink.apply(
                    mappings.map { table.upsert($0, ["1", "x", "1"], version: 10) }, lane: 0)
                #expect(try await lab.document("a-1", in: lab.prefix)?["origin"] == "a")
                try await sink.truncate(mappings[0], floor: Version(rawValue: 11))
                #expect(try await lab.document("a-1", in: lab.prefix) == nil)
                #expect(try await lab.document("b-1", in: lab.prefix) != nil)
            }
        }
    }

    @Test func rowsNameTheirIndexWithinAFixedBeginning() async throws {
        let table = DocumentTable([("id", .int32), ("region", .text)], key: ["id", "region"])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: "\(lab.prefix)-{region}")]
            } _: { sink, mappings in
                let results = try await sink.apply(
                    [
                        table.upsert(mappings[0], ["1", "eu"], version: 10),
                        table.upsert(mappings[0], ["2", "us"], version: 10),
                        table.upsert(mappings[0], ["3", "a/b"], version: 10),
                        table.upsert(mappings[0], ["4", nil], version: 10),
                    ], lane: 0)
                #expect(results.map(\.word) == ["applied", "applied", "park", "park"])
                #expect(try await lab.document("1", in: "\(lab.prefix)-eu") != nil)
                let created = try #require(try await lab.ask(.get("/\(lab.prefix)-us"))["\(lab.prefix)-us"])
                #expect(created[["mappings", "dynamic"]] == "strict")
                try await lab.ask(.put("/\(lab.prefix)-foreign/_doc/1", ["id": 1]))
                try await sink.truncate(mappings[0], floor: Version(rawValue: 20))
                #expect(try await lab.count("\(lab.prefix)-eu") == 0)
                #expect(try await lab.count("\(lab.prefix)-us") == 0)
                #expect(try await lab.count("\(lab.prefix)-foreign") == 1)
            }
        }
    }
}

extension SinkMarker {
    static func test(_ pipeline: String) -> SinkMarker {
        SinkMarker(
            pipeline: pipeline, source: SourceIdentity(["system": "7312345678901234567"]), epoch: 1,
            progress: SourceProgress(commit: 1 << 49 + 7, end: 9_007_199_254_740_993))
    }
}

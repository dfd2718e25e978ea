import Change
import Connector
import ConnectorTestKit
import Testing
import Wire

@testable import SinkConnectors

@Suite("Elasticsearch, what stands there held against what should", .enabled(if: ElasticsearchLab.isWanted))
struct ElasticsearchComparisonTests {
    private static let table = DocumentTable(
        [("id", .int64)] + RandomCells.types.enumerated().map { (name: "c\($0)", type: $1) })

    static let forms: [[String: OptionValue]] = [
        [:], ["decimals": .text("keyword"), "json": .text("text"), "timestamps": .text("date_nanos")],
        ["delete": .text("soft"), "origin_field": .text("origin"), "decimals": .text("double")],
    ]

    private func rows(_ count: Int, seed: UInt64) -> [[String?]] {
        var cells = RandomCells(seed: seed)
        return (0..<count).map { id in ["\(id)"] + RandomCells.types.map { cells.cell(of: $0) } }
    }

    @Test(arguments: forms.indices)
    func whatWasWrittenOfAnyTypeComparesAsEqualAndNothingElseDoes(form: Int) async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try Self.table.mapping(of: $0, index: lab.prefix, Self.forms[form])]
            } _: { sink, mappings in
                for seed in 1...2 as ClosedRange<UInt64> {
                    let texts = rows(120, seed: seed &* 7919 &+ UInt64(form))
                    let writes = texts.map { Self.table.upsert(mappings[0], $0, version: Int64(seed)) }
                    let results = try await sink.apply(writes, lane: 0)
                    #expect(results.filter { $0.word == "applied" }.count > 100)
                    let found = try await sink.compare(writes)
                    for index in writes.indices where results[index].word == "applied" {
                        #expect(found[index] == Comparison(.equal, version: Version(rawValue: Int64(seed))))
                    }
                    // Every row under the id of its neighbour.
                    let swapped = texts.indices.map { index in
                        let other = texts[(index + 1) % texts.count]
                        return Self.table.upsert(mappings[0], [texts[index][0]] + other.dropFirst(), version: 1)
                    }
                    for (index, comparison) in try await sink.compare(swapped).enumerated()
                    where results[index].word == "applied" {
                        guard case .different(let differences) = comparison.verdict else {
                            // A row that would park says so.
                            guard case .unverifiable = comparison.verdict else {
                                Issue.record("a row passes for its neighbour: \(comparison)")
                                continue
                            }
                            continue
                        }
                        #expect(differences.allSatisfy { $0.expected != $0.found })
                    }
                }
            }
        }
    }

    @Test func whateverADocumentHoldsComparesAsEqual() async throws {
        let fields = ["sku", "name", "price", "tags", "created_at", "variants", "photo"]
        let collection = SampleCollection(fields)
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [
                    try ElasticsearchCollectionTests.mapping(
                        of: $0, index: lab.prefix, collection, ["types": .map([:])])
                ]
            } _: { sink, mappings in
                var documents = RandomDocuments(seed: 5)
                let writes = try (0..<250).map { id in
                    try ElasticsearchCollectionTests.write(
                        mappings[0], documents.document(id, fields: fields), version: 1, .upsert, collection)
                }
                let results = try await sink.apply(writes, lane: 0)
                #expect(results.filter { $0.word == "applied" }.count > 200)
                let found = try await sink.compare(writes)
                for index in writes.indices where results[index].word == "applied" {
                    #expect(found[index] == Comparison(.equal, version: Version(rawValue: 1)))
                }
                // What parked never came, or could not be written at all.
                for index in writes.indices where results[index].word == "park" {
                    #expect(found[index].verdict != .equal)
                }
            }
        }
    }

    @Test func anIndexThatNoRowHasNamedYetHoldsNothing() async throws {
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try Self.table.mapping(of: $0, index: "\(lab.prefix)-{id}")]
            } _: { sink, mappings in
                let nothing = RandomCells.types.map { _ in nil as String? }
                let write = Self.table.upsert(mappings[0], ["1"] + nothing, version: 1)
                #expect(try await sink.compare([write]).map(\.verdict) == [.missing])
                let gone = Self.table.delete(mappings[0], ["1"], version: 1)
                #expect(try await sink.compare([gone]).map(\.verdict) == [.equal])
                _ = try await sink.apply([write], lane: 0)
                #expect(try await sink.compare([write, gone]).map(\.verdict) == [.equal, .extra])
            }
        }
    }

    @Test func numbersAreComparedByTheirDigitsAndObjectsWithoutTheirOrder() async throws {
        let table = DocumentTable([("id", .int64), ("v", .json)], sourceTypes: ["v": "jsonb"])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                func write(_ json: String) -> SinkWrite { table.upsert(mappings[0], ["1", json], version: 1) }
                let stands = #"{"a":12345678901234567890.10,"b":[1e2,"é"],"c":null}"#
                _ = try await sink.apply([write(stands)], lane: 0)
                let same = #"{"c":null,"b":[100.0,"\u00e9"],"a":12345678901234567890.1}"#
                let others = [
                    #"{"a":12345678901234567890.11,"b":[1e2,"é"],"c":null}"#,
                    #"{"a":12345678901234567890.10,"b":[1e2,"é"]}"#,
                    #"{"a":12345678901234567890.10,"b":["é",1e2],"c":null}"#, #"[]"#,
                    #"{"a":"12345678901234567890.10","b":[1e2,"é"],"c":null}"#,
                ]
                let found = try await sink.compare(([stands, same] + others).map(write)).map(\.verdict)
                #expect(found[0] == .equal && found[1] == .equal)
                for verdict in found.dropFirst(2) {
                    guard case .different(let differences) = verdict else {
                        Issue.record("\(verdict)")
                        continue
                    }
                    #expect(differences.map(\.column) == ["v"])
                }
            }
        }
    }
}

/// Answers of a cluster that is not well.
@Suite struct ElasticsearchComparisonFailureTests {
    private static let table = DocumentTable([("id", .int64), ("name", .text)])

    private func compare(_ answer: ScriptedAnswer, count: Int = 2) async throws -> [Comparison] {
        var found: [Comparison] = []
        try await ScriptedCluster.run(other: { request, _ in request.path.hasPrefix("/_mget") ? answer : nil }) {
            cluster, sink in
            _ = try await sink.open()
            let mapping = try Self.table.mapping(of: sink, index: "things")
            found = try await sink.compare((0..<count).map { Self.table.upsert(mapping, ["\($0)", "n"], version: 1) })
        }
        return found
    }

    @Test(arguments: [
        "no_shard_available_action_exception", "circuit_breaking_exception", "something_new_exception",
        "routing_missing_exception", "illegal_argument_exception", "index_closed_exception",
    ])
    func aDocumentThatCannotBeReadIsNoFinding(_ type: String) async throws {
        let answer = ScriptedAnswer.json(
            #"{"docs":[{"_id":"0","found":false},{"_id":"1","error":{"root_cause":[],"type":"\#(type)","reason":"secret"}}]}"#
        )
        let error = await #expect(throws: MillraceError.self) { try await compare(answer) }
        #expect(error.map { "\($0)".contains("secret") } == false)
    }

    @Test(arguments: [
        #"{"docs":[]}"#, #"{"docs":[{"found":true}"#, "{}", "", "<html>",
        #"{"docs":[{"found":false},{"found":false},{"found":false}]}"#,
    ])
    func anAnswerThatIsNoneIsAskedForAgain(_ text: String) async throws {
        let error = await #expect(throws: MillraceError.self) { try await compare(.json(text)) }
        #expect(error?.code == .sinkUnavailable)
    }

    @Test func whatCannotBeToldIsSaid() async throws {
        let found = try await compare(
            .json(#"{"docs":[{"found":true,"_version":7},{"found":true,"_version":8,"_source":{"id":1,"name":"x"}}]}"#))
        #expect(found[0].verdict == .unverifiable("the index keeps no _source of its documents"))
        #expect(
            found[1]
                == Comparison(
                    .different([ColumnDifference("name", expected: #""n""#, found: #""x""#)]),
                    version: Version(rawValue: 8)))
    }

    @Test func anAnswerThatIsCutOffAnywhereIsRefused() throws {
        let text = Array(
            (#"{"docs":[{"_index":"i","_id":"a\"b","found":true,"_version":7,"_source":{"v":[1,{"x":null}]}},"#
                + #"{"_id":"2","found":false},{"_id":"3","error":{"type":"t","caused_by":{}}},{"error":1}]}"#).utf8)
        let documents = try FoundDocument.read(text.span)
        #expect(documents.map(\.isFound) == [true, false, false, false])
        #expect(documents.map(\.version) == [7, nil, nil, nil])
        #expect(documents[0].source.map { String(decoding: text[$0], as: UTF8.self) } == #"{"v":[1,{"x":null}]}"#)
        #expect(documents[2].errorType.map { String(decoding: text[$0], as: UTF8.self) } == "t")
        for end in text.indices {
            let beginning = Array(text[..<end])
            #expect(throws: WireError.self) { try FoundDocument.read(beginning.span) }
        }
    }
}

import Randomness
import Change
import Connector
import NIOCore
import Testing

@testable import SinkConnectors

@Suite("Elasticsearch, documents in the real engine", .enabled(if: ElasticsearchLab.isWanted))
struct ElasticsearchDocumentTests {
    /// A column of each kind, a value of it, what the document holds, and a search that finds it.
    struct Sample: Sendable, CustomTestStringConvertible {
        var type: DataType
        var sourceType = ""
        var text: String
        var json: JSONValue
        var query: JSONValue?
        var options: [String: OptionValue] = [:]

        var testDescription: String { "\(type) \(text)" }

        static func term(_ value: JSONValue, _ field: String = "v") -> JSONValue { ["term": .object([field: value])] }
        static func above(_ value: JSONValue, _ field: String = "v") -> JSONValue {
            ["range": .object([field: ["gt": value]])]
        }
    }

    static let samples: [Sample] = [
        Sample(type: .boolean, text: "t", json: true, query: Sample.term(true)),
        Sample(type: .int16, text: "-32768", json: -32768, query: Sample.term(-32768)),
        Sample(type: .int64, text: "9223372036854775807", json: .integer(.max), query: Sample.term(.integer(.max))),
        Sample(
            type: .uint64, text: "18446744073709551615", json: .number(18446744073709551616),
            query: Sample.above(.number(1.8e19), "v.number")),
        Sample(type: .float64, text: "1e-05", json: .number(1e-05), query: Sample.above(0)),
        Sample(type: .float64, text: "NaN", json: "NaN", query: Sample.term("v", "_ignored")),
        Sample(type: .float32, text: "-Infinity", json: "-Infinity", query: Sample.term("v", "_ignored")),
        Sample(
            type: .decimal(precision: 10, scale: 2), text: "-0.10", json: .number(-0.1), query: Sample.term("-0.10")),
        Sample(
            type: .decimal(precision: nil, scale: nil), text: "123456789012345678901234567890.5",
            json: "123456789012345678901234567890.5", query: Sample.above(.number(1.2e29), "v.number")),
        Sample(
            type: .decimal(precision: nil, scale: nil), text: "Infinity", json: "Infinity",
            query: Sample.term("Infinity")),
        Sample(
            type: .text, text: "The quick\nbrown \u{1F98A}", json: "The quick\nbrown \u{1F98A}",
            query: ["match": ["v": "quick"]]),
        Sample(
            type: .text, sourceType: "character varying(20)", text: "in_transit", json: "in_transit",
            query: Sample.term("in_transit")),
        Sample(
            type: .text, text: String(repeating: "x", count: 100_000),
            json: .text(String(repeating: "x", count: 100_000))),
        Sample(
            type: .uuid, text: "6ba7b810-9dad-11d1-80b4-00c04fd430c8", json: "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            query: Sample.term("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
        Sample(type: .date, text: "2024-02-29", json: "2024-02-29", query: Sample.above("2024-02-28")),
        Sample(type: .date, text: "infinity", json: "infinity", query: Sample.term("v", "_ignored")),
        Sample(
            type: .date, text: "0044-03-15 BC", json: "-000043-03-15",
            query: ["range": ["v": ["lt": "0001-01-01"]]]),
        Sample(
            type: .timestamp, text: "9999-12-31 23:59:59.999999", json: "9999-12-31T23:59:59.999999",
            query: Sample.above("9999-12-31T23:59:58.998Z")),
        Sample(
            type: .timestamp, text: "0001-01-01 00:00:00", json: "0001-01-01T00:00:00",
            query: ["exists": ["field": "v"]]),
        Sample(
            type: .timestamp, text: "20240-01-01 00:00:00", json: "+020240-01-01T00:00:00",
            query: Sample.above("9999-12-31")),
        Sample(
            type: .array(of: .int32), text: "{1,NULL,3}", json: [1, .null, 3],
            query: Sample.term(3)),
        Sample(
            type: .array(of: .text), text: #"{"a b","c\"d",NULL,""}"#, json: ["a b", "c\"d", .null, ""],
            query: ["match": ["v": "b"]]),
        Sample(type: .array(of: .int32), text: "[0:1]={5,6}", json: "[0:1]={5,6}", query: Sample.term("v", "_ignored")),
        Sample(type: .array(of: .int32), text: "{{1,2},{3,4}}", json: [[1, 2], [3, 4]], query: Sample.term(4)),
        Sample(
            type: .array(of: .float64), text: "{1.5,NaN}", json: [.number(1.5), "NaN"], query: Sample.term(.number(1.5))
        ),
        Sample(
            type: .composite(fields: [.init(name: "street", type: .text), .init(name: "no", type: .int32)]),
            text: #"("Main St",7)"#, json: ["street": "Main St", "no": 7], query: Sample.above(6, "v.no")),
        Sample(
            type: .range(of: .int32), text: "[1,5)", json: ["lower": 1, "upper": 5, "bounds": "[)"],
            query: Sample.above(4, "v.upper")),
        Sample(type: .range(of: .int32), text: "empty", json: ["empty": true], query: Sample.term(true, "v.empty")),
        Sample(
            type: .range(of: .timestamp), text: #"["2024-01-01 00:00:00",)"#,
            json: ["lower": "2024-01-01T00:00:00", "upper": .null, "bounds": "[)"],
            query: Sample.above("2023-01-01", "v.lower")),
        Sample(
            type: .multirange(of: .int32), text: "{[1,2),[7,9)}",
            json: [["lower": 1, "upper": 2, "bounds": "[)"], ["lower": 7, "upper": 9, "bounds": "[)"]],
            query: Sample.term(7, "v.lower")),
        Sample(
            type: .interval, text: "P1Y2M3DT4H5M6.7S", json: "P1Y2M3DT4H5M6.7S", query: Sample.term("P1Y2M3DT4H5M6.7S")),
        Sample(type: .money, text: "-$1,234.50", json: "-1234.50", query: Sample.term(.number(-1234.5), "v.number")),
        Sample(type: .timestampWithZone, text: "-infinity", json: "-infinity", query: Sample.term("v", "_ignored")),
        Sample(
            type: .timestampWithZone, text: "2024-01-02 03:04:05.678901+00", json: "2024-01-02T03:04:05.678901Z",
            query: Sample.term("2024-01-02T03:04:05.678901Z"), options: ["timestamps": .text("date_nanos")]),
        Sample(
            type: .timestampWithZone, text: "1500-01-02 03:04:05+00", json: "1500-01-02T03:04:05Z",
            query: Sample.term("v", "_ignored"), options: ["timestamps": .text("date_nanos")]),
        Sample(type: .time, text: "24:00:00", json: "24:00:00", query: Sample.term("24:00:00")),
        Sample(
            type: .network, sourceType: "inet", text: "192.168.0.7", json: "192.168.0.7",
            query: Sample.term("192.168.0.0/24")),
        Sample(
            type: .network, sourceType: "inet", text: "10.0.0.0/8", json: "10.0.0.0/8",
            query: Sample.term("v", "_ignored")),
        Sample(type: .bytes, text: "\\x00ff10", json: "AP8Q"),
        Sample(type: .bytes, text: "\\x", json: ""),
        Sample(
            type: .json, text: "{\"a\": [1, {\"b\": null}],\n\"c\": 12345678901234567168}",
            json: ["a": [1, ["b": .null]], "c": .number(12_345_678_901_234_567_168)]),
        Sample(type: .json, text: "\"scalar\"", json: "scalar"),
        Sample(type: .json, text: "[1, \"two\"]", json: [1, "two"]),
        Sample(
            type: .json, text: "{\"a\": {\"b\": \"deep\"}}", json: ["a": ["b": "deep"]],
            query: Sample.term("deep", "v.a.b.keyword"), options: ["json": .text("object")]),
        Sample(
            type: .json, text: "{\"a\": \"needle\"}", json: "{\"a\": \"needle\"}", query: ["match": ["v": "needle"]],
            options: ["json": .text("text")]),
        Sample(type: .enumeration(labels: ["a"]), text: "a", json: "a", query: Sample.term("a")),
        Sample(type: .other, sourceType: "ltree", text: "a.b", json: "a.b", query: Sample.term("a.b")),
        Sample(
            type: .text, text: "7", json: "7", query: Sample.term("7"),
            options: ["types": .map(["v": .text("keyword")])]),
    ]

    @Test(arguments: samples)
    func everyTypeIsKeptExactlyAndFoundByItsField(_ sample: Sample) async throws {
        let table = DocumentTable([("id", .int32), ("v", sample.type)], sourceTypes: ["v": sample.sourceType])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix, sample.options)]
            } _: { sink, mappings in
                let results = try await sink.apply(
                    [
                        table.upsert(mappings[0], ["1", sample.text], version: 1),
                        table.upsert(mappings[0], ["2", nil], version: 1),
                    ], lane: 0)
                #expect(results.map(\.word) == ["applied", "applied"])
                let document = try #require(try await lab.document("1", in: lab.prefix))
                #expect(document["v"] == sample.json)
                #expect(try await lab.document("2", in: lab.prefix)?["v"] == .null)
                if let query = sample.query { #expect(try await lab.found(lab.prefix, query) == 1) }
            }
        }
    }

    @Test func numbersBeyondEveryDoubleStandInTheDocumentDigitByDigit() async throws {
        let table = DocumentTable([("id", .int32), ("n", .decimal(precision: nil, scale: nil)), ("j", .json)])
        let digits = String(repeating: "9", count: 400) + ".125"
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix, ["decimals": .text("double")])]
            } _: { sink, mappings in
                let results = try await sink.apply(
                    [table.upsert(mappings[0], ["1", digits, #"{"n": 1e400}"#], version: 1)], lane: 0)
                #expect(results.map(\.word) == ["applied"])
                let answer = try await lab.client.send(.get("/\(lab.prefix)/_doc/1"))
                let text = String(buffer: answer.body)
                #expect(text.contains(#""n":\#(digits),"#))
                #expect(text.contains(#""n": 1e400"#))
            }
        }
    }

    @Test func poisonParksAndTheRestGoesOn() async throws {
        let table = DocumentTable([("id", .text), ("v", .float64), ("j", .json)])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [
                    try table.mapping(
                        of: $0, index: lab.prefix, ["special_values": .text("park"), "json": .text("object")])
                ]
            } _: { sink, mappings in
                let mapping = mappings[0]
                let results = try await sink.apply(
                    [
                        table.upsert(mapping, ["1", "1", #"{"a": 1}"#], version: 1),
                        table.upsert(mapping, ["2", "NaN", nil], version: 1),
                        table.upsert(mapping, ["3", "1", #"{"a": {"SECRET": 2}}"#], version: 1),
                        table.upsert(mapping, ["4", "1", "{oops}"], version: 1),
                        table.upsert(mapping, [String(repeating: "é", count: 257), "1", nil], version: 1),
                        table.upsert(mapping, ["", "1", nil], version: 1),
                        table.upsert(mapping, ["5", "1", #"{"b": 1, "b": 2}"#], version: 1),
                        table.upsert(mapping, [String(repeating: "é", count: 256), "1", nil], version: 1),
                    ], lane: 0)
                #expect(
                    results.map(\.word) == ["applied", "park", "park", "park", "park", "park", "park", "applied"])
                #expect(results[1].reason == "field v has a value that its type in the index does not have")
                #expect(results[2].reason == "mapper_parsing_exception in field j")
                #expect(results[3].reason?.hasPrefix("mapper_parsing_exception") == true)
                #expect(results[4].reason == "id is longer than 512 bytes")
                #expect(!results.contains { $0.reason?.contains("SECRET") ?? false })
            }
        }
    }

    @Test func aFieldThatTheIndexLostStopsItsTable() async throws {
        let table = DocumentTable([("id", .int32), ("v", .text)])
        try await ElasticsearchLab.run { lab in
            try await lab.ask(
                .put("/\(lab.prefix)", ["mappings": ["dynamic": "strict", "properties": ["id": ["type": "integer"]]]]))
            let sink = try lab.sink()
            _ = try await sink.open()
            let mapping = try table.mapping(of: sink, index: lab.prefix)
            let results = try await sink.apply([table.upsert(mapping, ["1", "SECRET"], version: 1)], lane: 0)
            #expect(results.map(\.word) == ["stop"])
            #expect(results[0].reason?.contains("has no field v") == true)
            await sink.close()
        }
    }

    @Test func theLimitOfFieldsStopsItsTable() async throws {
        let table = DocumentTable([("id", .int32), ("j", .json)])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                let settings: OptionValue = .map(["mapping.total_fields.limit": .text("4")])
                return [try table.mapping(of: $0, index: lab.prefix, ["json": .text("object"), "settings": settings])]
            } _: { sink, mappings in
                let results = try await sink.apply(
                    [table.upsert(mappings[0], ["1", #"{"a":1,"b":1,"c":1,"d":1}"#], version: 1)], lane: 0)
                #expect(results.map(\.word) == ["stop"])
                #expect(results[0].reason?.contains("limit of fields") == true)
            }
        }
    }

    @Test func aClosedIndexStopsItsTable() async throws {
        let table = DocumentTable([("id", .int32)])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                try await lab.ask(.post("/\(lab.prefix)/_close"))
                let results = try await sink.apply([table.upsert(mappings[0], ["1"], version: 1)], lane: 0)
                #expect(results.map(\.word) == ["stop"])
                #expect(results[0].reason?.contains("is closed") == true)
            }
        }
    }

    @Test func aBlockedIndexIsWaitedFor() async throws {
        let table = DocumentTable([("id", .int32)])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                let write = table.upsert(mappings[0], ["1"], version: 1)
                let path = "/\(lab.prefix)/_settings"
                try await lab.ask(.put(path, ["index.blocks.read_only_allow_delete": true]))
                #expect(try await sink.apply([write], lane: 0).map(\.word) == ["retry"])
                try await lab.ask(.put(path, ["index.blocks.read_only_allow_delete": .null]))
                #expect(try await sink.apply([write], lane: 0).map(\.word) == ["applied"])
            }
        }
    }

    @Test func aDocumentStandsOnTheShardOfItsRouting() async throws {
        let table = DocumentTable([("id", .int32), ("tenant", .text)], key: ["id", "tenant"])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix, ["routing": .text("{tenant}"), "shards": .integer(3)])]
            } _: { sink, mappings in
                _ = try await sink.apply([table.upsert(mappings[0], ["1", "a b"], version: 1)], lane: 0)
                #expect(try await lab.document("1", in: lab.prefix, routing: "a%20b") != nil)
                let gone = try await sink.apply([table.delete(mappings[0], ["1", "a b"], version: 2)], lane: 0)
                #expect(gone.map(\.word) == ["applied"])
                #expect(try await lab.document("1", in: lab.prefix, routing: "a%20b") == nil)
            }
        }
    }

    @Test func anyReplayOfAHistoryLeavesTheSameDocuments() async throws {
        let table = DocumentTable([("id", .int32), ("v", .int64)])
        try await ElasticsearchLab.run { lab in
            try await lab.withSink {
                [try table.mapping(of: $0, index: lab.prefix)]
            } _: { sink, mappings in
                var random = SeededNumbers(seed: 42)
                var history: [SinkWrite] = []
                var state: [String: String] = [:]
                for version in 1...200 {
                    let id = "\(Int.random(in: 0..<12, using: &random))"
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        history.append(table.delete(mappings[0], [id], version: Int64(version)))
                        state[id] = nil
                    } else {
                        history.append(table.upsert(mappings[0], [id, "\(version)"], version: Int64(version)))
                        state[id] = "\(version)"
                    }
                }
                for (from, to) in [(0, 80), (40, 200), (150, 200), (0, 200), (0, 10), (120, 200)] {
                    _ = try await sink.apply(Array(history[from..<to]), lane: 0)
                }
                for id in 0..<12 {
                    let document = try await lab.document("\(id)", in: lab.prefix)
                    #expect(document?["v"] == state["\(id)"].flatMap { Int64($0) }.map { .integer($0) })
                }
            }
        }
    }

    @Test func checkSaysWhatEachColumnBecomesAndLoses() async throws {
        let table = DocumentTable(
            [("id", .text), ("price", .decimal(precision: nil, scale: nil)), ("at", .timestampWithZone)])
        try await ElasticsearchLab.run { lab in
            let sink = try lab.sink()
            let findings = await sink.check([try table.mapping(of: sink, index: lab.prefix)])
            let text = findings.map(\.message).joined(separator: "\n")
            #expect(text.contains("the cluster is Elasticsearch 7.0.0"))
            #expect(text.contains("the index \(lab.prefix) will be created"))
            #expect(text.contains("becomes price, keyword; sorts as text; the sub-field number sorts to 15 digits"))
            #expect(text.contains("round to the millisecond"))
            #expect(text.contains("rows park whose id is longer than 512 bytes; id may be"))
            #expect(!findings.contains { $0.severity == .error })
            await sink.close()
        }
    }
}

import Change
import Connector
import ConnectorTestKit
import Foundation
import Synchronization
import Testing

@testable import SinkConnectors

/// What stands in a real server, held against what should.
@Suite("InfluxDB, what stands there held against what should", .enabled(if: InfluxDBLab.isWanted))
struct InfluxDBComparisonTests {
    private static let every = PointTable(
        [("id", .int64), ("at", .timestamp)] + RandomCells.types.enumerated().map { (name: "c\($0)", type: $1) })
    private static let rows: [String: OptionValue] = [
        "mode": .text("rows"), "time": .text("at"), "tags": .list([.text("id")]),
    ]

    static let forms: [[String: OptionValue]] = [
        [:], ["nulls": .text("omit"), "special_values": .text("omit"), "decimals": .text("float")],
        [
            "on_delete": .text("mark"), "decimals": .text("text"),
            "types": .map(["c3": .text("float"), "c0": .text("text")]),
        ],
    ]

    private func time(_ number: Int) -> String { "2024-01-01 00:00:0\(number % 10).\(1000 + number)" }

    @Test(arguments: forms.indices)
    func whatWasWrittenOfAnyTypeComparesAsEqualAndAnotherValueDoesNot(form: Int) async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try Self.every.mapping(
                    of: sink, measurement: lab.name, Self.rows.merging(Self.forms[form]) { $1 })
                var cells = RandomCells(seed: 104_729 &+ UInt64(form))
                for commit in 1...2 as ClosedRange<UInt64> {
                    let texts = (0..<100).map { id in
                        // Without marks what a null leaves is not known: each time other rows.
                        ["\(id + (form == 1 ? Int(commit) * 1000 : 0))", time(id)]
                            + RandomCells.types.map { cells.cell(of: $0) }
                    }
                    let writes = texts.map { Self.every.write(mapping, $0, commit: commit) }
                    // One by one: a line that is refused would be looked for by halves.
                    let results = try await sink.apply(writes, lane: 0)
                    let found = try await sink.compare(writes)
                    var written: [[String?]] = []
                    for index in writes.indices {
                        switch results[index] {
                        case .applied:
                            #expect(
                                found[index]
                                    == Comparison(.equal, version: Version(epoch: 0, commit: commit, window: 0)))
                            written.append(texts[index])
                        case .park(let reason):
                            #expect(found[index].verdict == .unverifiable("the row cannot be written: \(reason)"))
                        default: Issue.record("\(results[index])")
                        }
                    }
                    #expect(written.count > 30)
                    try await compareChanged(written, mapping, sink, &cells)
                }
            }
        }
    }

    /// Holds what stands there against rows one cell of which is another.
    private func compareChanged(
        _ texts: [[String?]], _ mapping: InfluxDBMapping, _ sink: InfluxDBSink, _ cells: inout RandomCells
    ) async throws {
        var changed: [(write: SinkWrite, column: Int, isSame: Bool, isUntold: Bool)] = []
        for text in texts.prefix(40) {
            let line = try ReadLine(try Self.every.line(mapping, text)).fields
            for column in 2..<text.count {
                var other = text
                other[column] = cells.cell(of: RandomCells.types[column - 2])
                guard let new = try? ReadLine(try Self.every.line(mapping, other)).fields else { continue }
                let name = "c\(column - 2)"
                let isFloat = mapping.fields[column - 2].kind == .float
                let isSame =
                    line[name] == new[name] || isFloat && Double(line[name] ?? "a") == Double(new[name] ?? "b")
                changed.append((Self.every.write(mapping, other), column, isSame, new[name] == nil))
            }
        }
        #expect(changed.count > 400)
        for (change, found) in zip(changed, try await sink.compare(changed.map(\.write))) {
            let name = "c\(change.column - 2)"
            switch found.verdict {
            case .equal: #expect(change.isSame, "\(name)")
            case .different(let differences):
                let names = Set(differences.map(\.column))
                #expect(!change.isSame && names.isSubset(of: [name, "\(name)_null"]), "\(name): \(differences)")
                #expect(differences.allSatisfy { $0.expected != $0.found })
            case .unverifiable(let reason): #expect(!change.isSame && change.isUntold, "\(name): \(reason)")
            case .missing, .extra: Issue.record("\(name): \(found)")
            }
        }
    }

    @Test func whateverADocumentHoldsComparesAsEqual() async throws {
        let fields = ["sku", "name", "price", "tags", "variants", "clicks"]
        let collection = SampleCollection(["at"] + fields)
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let request = MappingRequest(
                    name: "products", schema: collection.schema,
                    outputs: collection.schema.columns.enumerated().map {
                        OutputField(name: $0 == 0 ? "id" : $1.name, column: $0)
                    },
                    options: .test(
                        [
                            "measurement": .text(lab.name), "mode": .text("rows"), "time": .text("at"),
                            "tags": .list([.text("_id")]), "types": .map(["price": .text("float")]),
                        ]))
                let mapping = try sink.makeMapping(request)
                var documents = RandomDocuments(seed: 5)
                let writes = try (0..<250).map { id in
                    let members = fields.map {
                        ($0, $0 == "price" ? .double(Double(id) / 7) : documents.value(depth: 2))
                    }
                    let document = BSONSample.document(
                        [("_id", .int32(Int32(id))), ("at", .date(1_704_067_200_000 + Int64(id)))] + members)
                    return SinkWrite(
                        mapping: mapping, action: .upsert, row: try collection.row(document),
                        version: Version(rawValue: 1), position: Position(commit: 1), kind: .insert, committedAt: 0,
                        transaction: 1)
                }
                let results = try await sink.apply(writes, lane: 0)
                #expect(results.filter { $0.word == "applied" }.count > 200)
                for (result, found) in zip(results, try await sink.compare(writes)) {
                    if result.word == "applied" {
                        #expect(found == Comparison(.equal, version: Version(rawValue: 1)))
                    } else {
                        #expect(found.verdict != .equal)
                    }
                }
            }
        }
    }

    // MARK: Deletes and nulls

    private let table = PointTable([("id", .text), ("at", .timestamp), ("name", .text), ("number", .int64)])
    private let at = "2024-01-01 00:00:00"

    @Test(arguments: ["delete", "mark", "ignore", "park"])
    func whatADeleteShouldHaveLeftIsWhatTheMappingSays(_ policy: String) async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try table.mapping(
                    of: sink, measurement: lab.name, Self.rows.merging(["on_delete": .text(policy)]) { $1 })
                let row = table.write(mapping, ["a", at, "x", "1"])
                let gone = table.write(mapping, ["a", at, "x", "1"], .delete, kind: .delete)
                #expect(try await sink.compare([row, gone]).map(\.verdict) == [.missing, .equal])
                _ = try await sink.apply([row], lane: 0)
                let standing = try await sink.compare([row, gone]).map(\.verdict)
                #expect(standing[0] == .equal)
                switch policy {
                case "delete", "mark": #expect(standing[1] == .extra)
                // Whatever stands there is as the mapping says.
                case "ignore": #expect(standing[1] == .equal)
                default: #expect(standing[1].isUnverifiable)
                }
                #expect((sink.obstacle(toScanning: mapping) == nil) == ["delete", "mark"].contains(policy))
                _ = try await sink.apply([gone], lane: 0)
                guard ["delete", "mark"].contains(policy) else { return }
                #expect(try await sink.compare([row, gone]).map(\.verdict) == [.missing, .equal])
                // Somebody's point, which bears no version.
                _ = try await lab.client.write(Array("\(lab.line),id=b name=\"x\" 1704067200000000000".utf8))
                let others = table.write(mapping, ["b", at, "x", "1"], .delete, kind: .delete)
                #expect(try await sink.compare([others])[0].verdict.isUnverifiable)
            }
        }
    }

    @Test func aNullWithoutAMarkLeavesWhatNobodyCanVerify() async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                for nulls in ["omit", "mark"] {
                    let mapping = try table.mapping(
                        of: sink, measurement: lab.name, Self.rows.merging(["nulls": .text(nulls)]) { $1 })
                    let null = table.write(mapping, [nulls, at, nil, "1"])
                    _ = try await sink.apply([null], lane: 0)
                    #expect(try await sink.compare([null]).map(\.verdict) == [.equal])
                    let value = table.write(mapping, [nulls, at, "x", "1"])
                    guard case .different(let differences) = try await sink.compare([value])[0].verdict else {
                        Issue.record("a null passes for a value")
                        continue
                    }
                    #expect(differences.map(\.column) == (nulls == "mark" ? ["name", "name_null"] : ["name"]))
                    _ = try await sink.apply([value], lane: 0)
                    _ = try await sink.apply([null], lane: 0)
                    let kept = try await sink.compare([null])[0].verdict
                    #expect(nulls == "mark" ? kept == .equal : kept.isUnverifiable)
                }
            }
        }
    }

    // MARK: Other series, other types, other ages

    @Test func aPointWithATagOfSomebodyElsesIsNotTheRowsAndNotDeletedInItsPlace() async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try table.mapping(of: sink, measurement: lab.name, Self.rows)
                try await sink.prepare([mapping])
                let row = table.write(mapping, ["a", at, "x", "1"], commit: 9)
                _ = try await sink.apply([row], lane: 0)
                _ = try await lab.client.write(
                    Array("\(lab.line),id=a,other=t\\ 1 millrace_version=5i,name=\"y\" 1704067200000000000".utf8))
                #expect(try await sink.compare([row]).map(\.verdict) == [.equal])
                let found = Mutex<[SinkEntry]>([])
                try await sink.scan(mapping) { entries in found.withLock { $0 += entries } }
                let extra = found.withLock { $0.filter { $0.version.rawValue == 5 } }
                #expect(extra.count == 1 && found.withLock { $0.count } == 2)
                #expect(SinkEntry.text(ofKey: extra[0].key).hasSuffix(#"id=a,other=t\ 1 1704067200000000000"#))
                #expect(try await sink.delete(extra, of: mapping, upTo: Version(rawValue: 5)) == 1)
                #expect(try await sink.compare([row]).map(\.verdict) == [.equal])
                #expect(try await lab.query("SELECT \"name\" FROM \(InfluxQL.name(lab.name))").rows.count == 1)
                // The other way round: the series with the tag stays.
                _ = try await lab.client.write(
                    Array("\(lab.line),id=a,other=t\\ 1 millrace_version=50000i,name=\"y\" 1704067200000000000".utf8))
                let own = found.withLock { $0.filter { $0.version.rawValue != 5 } }
                #expect(try await sink.delete(own, of: mapping, upTo: row.version) == 1)
                #expect(
                    try await lab.query("SELECT \"name\" FROM \(InfluxQL.name(lab.name))").rows.map { $0[1].text } == [
                        "y"
                    ])
            }
        }
    }

    @Test func aFieldOfAnotherTypeIsTold() async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try table.mapping(of: sink, measurement: lab.name, Self.rows)
                let row = table.write(mapping, ["a", at, "x", "5"])
                // A float where an integer should be: the same number, in all that a query says.
                _ = try await lab.client.write(
                    Array(
                        "\(lab.line),id=a millrace_version=5i,name=\"x\",name_null=false,number=5,number_null=false 1704067200000000000"
                            .utf8))
                #expect(
                    try await sink.compare([row]).map(\.verdict)
                        == [.different([ColumnDifference("number", expected: "5i", found: "5")])])
                // In another shard the type may be right: then nobody can tell.
                let later = table.write(mapping, ["a", "2025-01-01 00:00:00", "x", "5"])
                #expect(try await sink.apply([later], lane: 0).map(\.word) == ["applied"])
                #expect(try await sink.compare([row, later]).map(\.verdict).allSatisfy(\.isUnverifiable))
            }
        }
    }

    @Test func whatIsOlderThanTheServerKeepsIsNotMissed() async throws {
        try await InfluxDBLab.run { lab in
            _ = try await lab.client.query(
                "CREATE RETENTION POLICY \(InfluxQL.name(lab.name)) ON \"shop\" DURATION 1000h REPLICATION 1",
                doing: "asking")
            let sink = try InfluxDBSink.test([
                "url": .secret(Secret(lab.url)), "retention_policy": .text(lab.name),
            ])
            do {
                let mapping = try table.mapping(of: sink, measurement: lab.name, Self.rows)
                let writes = [at, "2200-01-01 00:00:00"].map { table.write(mapping, ["a", $0, "x", "5"]) }
                let found = try await sink.compare(writes).map(\.verdict)
                #expect(found[0].isUnverifiable && found[1] == .missing)
            } catch {
                Issue.record(error)
            }
            await sink.close()
            _ = try await lab.client.query(
                "DROP RETENTION POLICY \(InfluxQL.name(lab.name)) ON \"shop\"", doing: "asking")
        }
    }

    @Test func rowsFarApartAreReadByThemselvesAndRowsCloseTogetherAtOnce() async throws {
        try await InfluxDBLab.run { lab in
            try await lab.withSink { sink in
                let mapping = try table.mapping(of: sink, measurement: lab.name, Self.rows)
                let writes = (0..<3000).map {
                    table.write(
                        mapping, ["\($0)", "2024-01-01 00:\($0 / 600 + 10):\($0 / 10 % 50 + 10)", "x", "\($0)"])
                }
                _ = try await sink.apply(writes, lane: 0)
                #expect(try await sink.compare(writes).allSatisfy { $0.verdict == .equal })
                let some =
                    stride(from: 0, to: 3000, by: 100).map { writes[$0] } + [
                        table.write(mapping, ["none", at, "x", "1"])
                    ]
                let found = try await sink.compare(some).map(\.verdict)
                #expect(found.dropLast().allSatisfy { $0 == .equal } && found.last == .missing)
            }
        }
    }

    @Test func eventsSayWhyNot() async throws {
        let sink = try InfluxDBSink.test(["url": .secret(Secret("http://127.0.0.1:1/shop"))])
        let events = try table.mapping(of: sink, [:])
        #expect(sink.obstacle(toComparing: events)?.contains("change") == true)
        let comparison = try await sink.compare([table.write(events, ["a", at, "x", "1"], .append)])[0]
        #expect(comparison.verdict.isUnverifiable)
        await sink.close()
    }
}

/// Servers that are not as they should be.
@Suite("InfluxDB, comparisons by a scripted server", .timeLimit(.minutes(1)))
struct InfluxDBComparisonFailureTests {
    let table = PointTable([("id", .text), ("at", .timestamp), ("name", .text), ("count", .uint64)])
    private static let rows: [String: OptionValue] = [
        "mode": .text("rows"), "time": .text("at"), "tags": .list([.text("id")]),
    ]

    private func compare(
        _ count: Int = 2, _ sinkOptions: [String: OptionValue] = [:], _ options: [String: OptionValue] = [:],
        answering answer: @escaping @Sendable (_ statements: String) -> ScriptedAnswer?
    ) async throws -> [Comparison] {
        var found: [Comparison] = []
        try await ScriptedInfluxDB.run(
            sinkOptions,
            answering: { request, _ in
                request.path.hasPrefix("/query")
                    ? answer(request.text.removingPercentEncoding ?? "") : nil
            },
            { _, sink in
                let mapping = try table.mapping(of: sink, Self.rows.merging(options) { $1 })
                found = try await sink.compare(
                    (0..<count).map {
                        table.write(mapping, ["\($0)", "1970-01-01 00:00:01", "n", "18446744073709551615"])
                    })
            })
        return found
    }

    private static let types =
        #"{"results":[{"series":[{"name":"things","columns":["fieldKey","fieldType"],"values":[["count","unsigned"],["name","string"]]}]}]}"#

    /// The answer of version 3, which names the measurement, and gives its tags in an order of its own.
    private static func points(_ rows: String, partial: Bool = false) -> String {
        #"{"results":[{"statement_id":0,"series":[{"name":"things","columns":["iox::measurement","time","millrace_version","deleted","name","name_null","count","count_null","id"],"values":[\#(rows)]\#(partial ? #","partial":true"# : "")}]}]}"#
    }

    private static func row(_ id: Int, _ count: String) -> String {
        #"["things",1000000000,7,false,"n",false,\#(count),false,"\#(id)"]"#
    }

    @Test func theWholeRangeOfUnsignedIntegersIsExact() async throws {
        let found = try await compare(
            2, ["api": .text("v3")], ["unsigned": .text("unsigned")]
        ) { statement in
            let rows = Self.row(0, "18446744073709551615") + "," + Self.row(1, "18446744073709551614")
            return .json(statement.contains("SHOW FIELD") ? Self.types : Self.points(rows))
        }
        #expect(found[0] == Comparison(.equal, version: Version(rawValue: 7)))
        #expect(
            found[1].verdict
                == .different([
                    ColumnDifference("count", expected: "18446744073709551615u", found: "18446744073709551614u")
                ]))
    }

    @Test func anAnswerThatTheServerCutIsAskedForRowByRow() async throws {
        let asked = Mutex<[String]>([])
        let found = try await compare(3, ["api": .text("v3")], ["unsigned": .text("unsigned")]) { statement in
            asked.withLock { $0.append(statement) }
            if statement.contains("SHOW FIELD") { return .json(Self.types) }
            if statement.contains("LIMIT") {
                return .json(Self.points(Self.row(0, "18446744073709551615"), partial: true))
            }
            let count = "18446744073709551615"
            let series = (0..<3).map { Self.points(Self.row($0, count)).dropFirst(12).dropLast(2) }
            return .json(#"{"results":[\#(series.joined(separator: ","))]}"#)
        }
        #expect(found.map(\.verdict) == [.equal, .equal, .equal])
        #expect(asked.withLock { $0.last?.components(separatedBy: "; ").count } == 3)
    }

    @Test(arguments: [
        "", "<html>", "{}", #"{"results":{}}"#, #"{"results":[{"series":[{"columns":["a"],"values":[[1,2]]}]}]}"#,
    ])
    func anAnswerThatIsNoneIsAskedForAgain(_ text: String) async throws {
        let error = await #expect(throws: MillraceError.self) {
            try await compare(2, [:], ["unsigned": .text("text")]) { _ in .json(text) }
        }
        #expect(error?.code == .sinkUnavailable)
    }

    @Test func anAnswerThatIsCutOffAnywhereIsRefused() throws {
        let text = Array(
            #"{"results":[{"statement_id":0,"series":[{"name":"m","tags":{"a":"b"},"columns":["time","v"],"values":[[1,"\u00e9\n"],[2,null],[3,-1.5e3],[4,true]]}],"partial":true},{"statement_id":1}]}"#
                .utf8)
        let tables = try QueryTable.tables(text.span, doing: "asking")
        #expect(
            tables.map(\.rows) == [
                [
                    [.number("1"), .text("é\n")], [.number("2"), .null], [.number("3"), .number("-1.5e3")],
                    [.number("4"), .boolean(true)],
                ],
                [],
            ])
        #expect(tables.map(\.isPartial) == [true, false])
        for end in text.indices {
            let beginning = Array(text[..<end])
            #expect(throws: MillraceError.self) { try QueryTable.tables(beginning.span, doing: "asking") }
        }
    }

    @Test func everyLineIsReadAsItWasWritten() throws {
        let sink = try InfluxDBSink.test(["url": .secret(Secret("http://127.0.0.1:1/shop"))])
        let mapping = try table.mapping(of: sink, Self.rows)
        for text in ["", "a b", "\"", "\\", "\\\"", "x=1,y=2 3", "line\nline", "🦀", "=", "\\\\\"\" "] {
            let bytes = Array(try table.line(mapping, ["i d,=", "1970-01-01 00:00:01", text, "5"]).utf8)
            let read = PointLine(bytes.span)
            let line = try #require(read)
            #expect(line.time == 1_000_000_000)
            #expect(String(decoding: line.series, as: UTF8.self) == #"things,id=i\ d\,\="#)
            #expect(line.fields.map(\.name) == ["millrace_version", "name", "name_null", "count", "count_null"])
            guard case .text(let found) = line.fields[1].value else {
                Issue.record("\(line)")
                continue
            }
            #expect(String(decoding: found, as: UTF8.self) == text)
        }
    }

    @Test(arguments: [("168h0m0s", 604_800), ("0s", 0), ("1w2d", 777_600), ("90m", 5_400), ("x", nil), ("5", nil)])
    func aDurationIsReadAsTheServerWritesIt(text: String, seconds: Int64?) {
        #expect(Retention.seconds(text) == seconds)
    }
}

extension Comparison.Verdict {
    fileprivate var isUnverifiable: Bool { if case .unverifiable = self { true } else { false } }
}

extension InfluxDBLab {
    /// The measurement as it stands in a line.
    fileprivate var line: String { String(decoding: LineText.measurement(name), as: UTF8.self) }
}

import BoltCodec
import Change
import Connector
import ConnectorTestKit
import Synchronization
import Testing

@testable import SinkConnectors

/// What stands in a real graph, held against what should.
@Suite("Neo4j, what stands there held against what should", .enabled(if: Neo4jLab.isWanted))
struct Neo4jComparisonTests {
    private static let table = GraphTable(
        [("id", .int64)] + RandomCells.types.enumerated().map { (name: "c\($0)", type: $1) })

    private func rows(_ count: Int, _ cells: inout RandomCells) -> [[String?]] {
        (0..<count).map { id in ["\(id)"] + RandomCells.types.map { cells.cell(of: $0) } }
    }

    static let forms: [[String: OptionValue]] = [
        ["node": .text("A")], ["node": .text("A"), "decimals": .text("float"), "unfit": .text("park")],
        [
            "relationship": .text("HAS"), "start": .map(["label": .text("A"), "id": .text("id")]),
            "end": .map(["label": .text("B"), "number": .text("c2")]),
        ],
    ]

    /// Labels and types begin with the lab's own name.
    private func options(_ form: Int, _ lab: Neo4jLab) -> [String: OptionValue] {
        Self.forms[form].mapValues { value in
            if case .text(let text) = value, ["A", "HAS"].contains(text) { return .text(lab.label(text)) }
            guard case .map(let end) = value, case .text(let label) = end["label"] else { return value }
            return .map(end.merging(["label": .text(lab.label(label))]) { $1 })
        }
    }

    @Test(arguments: forms.indices)
    func whatWasWrittenOfAnyTypeComparesAsEqualAndAnotherValueDoesNot(form: Int) async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try Self.table.mapping(of: sink, options(form, lab))
            try await sink.prepare([mapping])
            var cells = RandomCells(seed: 7919 &+ UInt64(form))
            for version in 1...2 as ClosedRange<Int64> {
                var texts = rows(100, &cells)
                // One value in twenty that parks its row is enough.
                for row in texts.indices where row % 20 > 0 {
                    for column in 1..<texts[row].count where try bytes(texts[row][column], column, mapping) == nil {
                        texts[row][column] = nil
                    }
                }
                let writes = texts.map { Self.table.write(mapping, $0, version: version) }
                let results = try await sink.apply(writes, lane: 0)
                let found = try await sink.compare(writes)
                var written: [Int] = []
                for index in writes.indices {
                    switch results[index] {
                    case .applied:
                        // A relationship whose end is null is none.
                        let isNone = form == 2 && texts[index][3] == nil
                        #expect(
                            found[index].verdict == .equal && (isNone || found[index].version?.rawValue == version),
                            "\(found[index])")
                        if !isNone { written.append(index) }
                    case .park(let reason):
                        #expect(found[index].verdict == .unverifiable("the row cannot be written: \(reason)"))
                    default: Issue.record("\(results[index])")
                    }
                }
                try await compareChanged(written.map { texts[$0] }, form, mapping, sink, &cells)
            }
        }
    }

    /// What a property is written as; nil for a value that parks its row.
    private func bytes(_ text: String?, _ column: Int, _ mapping: Neo4jMapping) throws -> [UInt8]? {
        guard let text else { return [] }
        let encoding = PropertyEncoding(
            decimals: mapping.options.decimals, unfit: mapping.options.unfit, countsInUTC: true)
        var writer = PackStreamWriter()
        do {
            try encoding.append(Array(text.utf8).span, of: Self.table.schema.types[column], column: "c", to: &writer)
        } catch GraphProblem.unfit {
            return nil
        }
        return writer.bytes
    }

    /// Holds what stands there against rows one cell of which is another.
    private func compareChanged(
        _ texts: [[String?]], _ form: Int, _ mapping: Neo4jMapping, _ sink: Neo4jSink, _ cells: inout RandomCells
    ) async throws {
        var changed: [(write: SinkWrite, column: Int, isSame: Bool)] = []
        for text in texts.prefix(60) {
            for column in 1..<text.count where form != 2 || column != 3 {
                var other = text
                other[column] = cells.cell(of: RandomCells.types[column - 1])
                guard let new = try bytes(other[column], column, mapping) else { continue }
                let isSame = try bytes(text[column], column, mapping) == new
                changed.append((Self.table.write(mapping, other, version: 1), column, isSame))
            }
        }
        #expect(changed.count > 500)
        for (change, found) in zip(changed, try await sink.compare(changed.map(\.write))) {
            guard case .different(let differences) = found.verdict else {
                #expect(change.isSame && found.verdict == .equal, "c\(change.column - 1): \(found)")
                continue
            }
            #expect(!change.isSame && differences.map(\.column) == ["c\(change.column - 1)"], "\(differences)")
            #expect(differences.allSatisfy { $0.expected != $0.found })
        }
    }

    @Test func whateverADocumentHoldsComparesAsEqual() async throws {
        let fields = ["sku", "name", "price", "tags", "created_at", "variants", "photo"]
        let collection = SampleCollection(fields)
        try await Neo4jLab.run { lab, sink in
            let request = MappingRequest(
                name: "products", schema: collection.schema,
                outputs: collection.schema.columns.enumerated().map { OutputField(name: $1.name, column: $0) },
                options: .test(["node": .text(lab.label("A"))]))
            let mapping = try #require(try sink.makeMapping(request) as? Neo4jMapping)
            try await sink.prepare([mapping])
            var documents = RandomDocuments(seed: 5)
            let writes = try (0..<250).map { id in
                SinkWrite(
                    mapping: mapping, action: .upsert,
                    row: try collection.row(documents.document(id, fields: fields)), version: Version(rawValue: 1),
                    position: Position(commit: 1), kind: .insert, committedAt: 0, transaction: 1)
            }
            var results = try await sink.apply(writes, lane: 0)
            // One row that the server refuses is looked for by halves: here one by one.
            for index in writes.indices where results[index].word == "split" {
                results[index] = try await sink.apply([writes[index]], lane: 0)[0]
            }
            #expect(
                results.filter { $0.word == "applied" }.count > 200, "\(Set(results.map { $0.reason ?? $0.word }))")
            for (result, found) in zip(results, try await sink.compare(writes)) {
                if result.word == "applied" {
                    #expect(found == Comparison(.equal, version: Version(rawValue: 1)))
                } else {
                    #expect(found.verdict != .equal)
                }
            }
        }
    }

    @Test(arguments: [
        (PackStreamValue.structure(tag: 0x44, fields: [.integer(19_723)]), "2024-01-01"),
        (.structure(tag: 0x44, fields: [.integer(.max)]), "structure(9223372036854775807)"),
        (.structure(tag: 0x44, fields: [.integer(1 << 40)]), "day 1099511627776"),
        (.structure(tag: 0x49, fields: [.integer(-1), .integer(5_000), .integer(0)]), "1969-12-31T23:59:59.000005Z"),
        (
            .structure(tag: 0x49, fields: [.integer(0), .integer(7), .integer(3600)]),
            "1970-01-01T01:00:00 and 7 ns+01:00"
        ),
        (.structure(tag: 0x64, fields: [.integer(0), .integer(0)]), "1970-01-01T00:00:00"),
        (.structure(tag: 0x74, fields: [.integer(1_000)]), "00:00:00.000001"),
        (.structure(tag: 0x58, fields: [.float(1), .null]), "structure(1.0, null)"),
        (.list([.text("a\""), .integer(-3), .bytes([255, 0])]), #"["a\"", -3, 0xff00]"#),
    ])
    func aValueIsShownWithItsType(value: PackStreamValue, text: String) {
        #expect(GraphText.bytes(of: value).map { String(decoding: $0, as: UTF8.self) } == text)
    }

    // MARK: Relationships

    private let orders = GraphTable([("id", .text), ("user_id", .text), ("total", .int32)])

    private func placed(_ lab: Neo4jLab, _ sink: Neo4jSink) async throws -> Neo4jMapping {
        let mapping = try orders.mapping(
            of: sink, name: "placed",
            [
                "relationship": .text(lab.label("PLACED")),
                "start": .map(["label": .text(lab.label("User")), "id": .text("user_id")]),
                "end": .map(["label": .text(lab.label("Order")), "id": .text("id")]),
            ], select: ["total"])
        try await sink.prepare([mapping])
        return mapping
    }

    private func columns(_ sink: Neo4jSink, _ write: SinkWrite) async throws -> [String] {
        guard case .different(let differences) = try await sink.compare([write])[0].verdict else { return [] }
        return differences.map(\.column)
    }

    @Test func aRelationshipThatWasMovedDoubledOrSpoiltIsTold() async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try await placed(lab, sink)
            func damage(_ statement: String) async throws -> [String] {
                let write = orders.write(mapping, ["o1", "u1", "5"], version: 1)
                _ = try await lab.ask(
                    "MATCH (n) WHERE n:\(lab.label("User")) OR n:\(lab.label("Order")) DETACH DELETE n")
                _ = try await sink.apply([write], lane: 0)
                #expect(try await sink.compare([write])[0].verdict == .equal)
                let pattern = "MATCH (a)-[x:\(lab.label("PLACED"))]->(b)"
                _ = try await lab.ask("\(pattern) \(statement)")
                return try await columns(sink, write)
            }
            let other = "CREATE (c:\(lab.label("User")) {id: 'u2'})"
            #expect(
                try await damage("\(other) CREATE (c)-[y:\(lab.label("PLACED"))]->(b) SET y = properties(x) DELETE x")
                    == ["start id"])
            #expect(
                try await damage(
                    "CREATE (c:\(lab.label("A")) {id: 'o1'}) CREATE (a)-[y:\(lab.label("PLACED"))]->(c) SET y = properties(x) DELETE x"
                )
                    == ["end label"])
            #expect(
                try await damage("CREATE (a)-[y:\(lab.label("PLACED"))]->(b) SET y = properties(x)") == ["count"])
            #expect(try await damage("SET x.total = 5.0") == ["total"])
            #expect(try await damage("SET x.total = null, x.more = 1") == ["total", "more"])
            #expect(try await damage("SET x.millrace_version = null") == ["millrace_version"])
        }
    }

    @Test func aRelationshipWhoseEndIsNullIsExpectedNotToBe() async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try await placed(lab, sink)
            let none = orders.write(mapping, ["o1", nil, "5"], version: 1)
            let some = orders.write(mapping, ["o1", "u1", "5"], version: 3)
            #expect(try await sink.compare([none, some]).map(\.verdict) == [.equal, .missing])
            _ = try await sink.apply([some], lane: 0)
            // A batch may hold a key twice.
            #expect(try await sink.compare([none, some, some]).map(\.verdict) == [.extra, .equal, .equal])
            let gone = orders.write(mapping, ["o1", "u1", "5"], version: 4, delete: true)
            #expect(try await sink.compare([gone]) == [Comparison(.extra, version: Version(rawValue: 3))])
            _ = try await sink.apply([gone], lane: 0)
            // What is not there bears the version that refuses what is older.
            #expect(try await sink.compare([some]) == [Comparison(.missing, version: Version(rawValue: 4))])
        }
    }

    // MARK: Stubs

    @Test func aStubIsNoRowAndOneThatNothingHoldsIsFoundAndDeleted() async throws {
        try await Neo4jLab.run { lab, sink in
            let users = GraphTable([("id", .text), ("name", .text)])
            let user = try users.mapping(of: sink, name: "users", ["node": .text(lab.label("User"))])
            let placed = try await placed(lab, sink)
            try await sink.prepare([user])
            let order = orders.write(placed, ["o1", "u1", "5"], version: 1)
            _ = try await sink.apply([order, orders.write(placed, ["o2", "u2", "5"], version: 1)], lane: 0)
            let row = users.write(user, ["u1", "Ann"], version: 1)
            #expect(try await sink.compare([row]).map(\.verdict) == [.missing])
            func found(_ mapping: Neo4jMapping) async throws -> [SinkEntry] {
                let found = Entries()
                try await sink.scan(mapping) { found.append($0) }
                return found.all
            }
            #expect(try await found(user).isEmpty)
            #expect(try await found(placed).count == 2)
            _ = try await lab.ask("MATCH ()-[x:\(lab.label("PLACED"))]->({id: 'o1'}) DELETE x")
            // The users' mapping answers for users, and that of the relationship for orders.
            var key: [UInt8] = []
            try user.appendKey(of: row.row, to: &key)
            let stubs = try await found(user)
            #expect(stubs.map(\.key) == [key] && stubs.map(\.version) == [Version(rawValue: 0)])
            let others = try await found(placed).filter { $0.version.rawValue == 0 }
            #expect(others.map { SinkEntry.text(ofKey: $0.key) } == ["\(lab.label("Order")) o1"])
            // One is held again when it comes to be deleted, and the other goes, whatever was deleted there before.
            _ = try await sink.apply([users.write(user, ["u1", nil], version: 7, delete: true)], lane: 0)
            _ = try await lab.ask("CREATE (:\(lab.label("User")) {id: 'u1', millrace_stub: true})")
            _ = try await lab.ask(
                "MATCH (a {id: 'u2'}), (b:\(lab.label("Order")) {id: 'o1'}) CREATE (a)-[:\(lab.label("NOTES"))]->(b)")
            #expect(try await sink.delete(stubs, of: user, upTo: Version(rawValue: 0)) == 1)
            #expect(try await sink.delete(others, of: placed, upTo: Version(rawValue: 0)) == 0)
            #expect(try await found(user).isEmpty)
            #expect(try await lab.ask("MATCH (n:\(lab.label("Order"))) RETURN n.id").count == 2)
        }
    }

    @Test func aNodeThatNoRowCanHaveMadeIsFoundAndDeleted() async throws {
        try await Neo4jLab.run { lab, sink in
            let things = GraphTable([("id", .int32), ("name", .text)])
            let mapping = try things.mapping(of: sink, ["node": .text(lab.label("A"))])
            try await sink.prepare([mapping])
            let row = things.write(mapping, ["1", "x"], version: 3)
            _ = try await sink.apply([row], lane: 0)
            let version = GraphStatements.version(mapping.tag)
            _ = try await lab.ask("CREATE (:\(lab.label("A")) {id: true, \(version): 2})")
            _ = try await lab.ask("MATCH (n:\(lab.label("A")) {id: 1}) SET n.\(version) = 'none'")
            let found = Entries()
            try await sink.scan(mapping) { found.append($0) }
            #expect(
                found.all.map { SinkEntry.text(ofKey: $0.key) }.sorted() == [
                    "\(lab.label("A")) 1:1", "\(lab.label("A")) true",
                ])
            #expect(try await columns(sink, row) == [version])
            let extra = found.all.filter { $0.key.suffix(4).elementsEqual("true".utf8) }
            #expect(try await sink.delete(extra, of: mapping, upTo: Version(rawValue: 2)) == 1)
            #expect(try await lab.ask("MATCH (n:\(lab.label("A"))) RETURN n.id") == [[.integer(1)]])
        }
    }

    @Test func whatCannotBeToldIsSaid() async throws {
        try await Neo4jLab.run { lab, sink in
            let things = GraphTable([("id", .text), ("day", .date)], key: ["id"])
            let statement = try things.mapping(of: sink, ["statement": .text("UNWIND $rows AS r RETURN r")])
            #expect(sink.obstacle(toComparing: statement) == "what a statement of your own makes of rows is not known")
            let day = try things.mapping(of: sink, ["node": .text(lab.label("A")), "key": .list([.text("day")])])
            #expect(sink.obstacle(toComparing: day) == nil)
            #expect(sink.obstacle(toScanning: day)?.contains("day") == true)
            try await sink.prepare([day])
            let row = things.write(day, ["x", "2024-02-29"], version: 1)
            _ = try await sink.apply([row], lane: 0)
            #expect(try await sink.compare([row]).map(\.verdict) == [.equal])
        }
    }
}

/// Servers that are not as they should be.
@Suite("Neo4j, comparisons by a scripted server", .timeLimit(.minutes(1)))
struct Neo4jComparisonFailureTests {
    let table = GraphTable([("id", .int32), ("at", .timestampWithZone)])
    private static let at: PackStreamValue = .structure(
        tag: 0x49, fields: [.integer(1_704_067_200), .integer(0), .integer(0)])

    /// - Parameters:
    ///   - server: what it calls itself.
    ///   - records: what it answers when it is asked for so many rows.
    private func compare(
        _ count: Int = 1, server: String = "Neo4j/5.13.0",
        answering records: @escaping @Sendable (_ rows: Int) -> [[PackStreamValue]]
    ) async throws -> [Comparison] {
        let rows = Mutex(0)
        var found: [Comparison] = []
        try await ScriptedGraph.run(answering: { asked in
            switch asked.tag {
            case BoltTag.hello: return .success(["server": .text(server)])
            case BoltTag.run:
                rows.withLock { $0 = asked.fields[1]["rows"]?.list?.count ?? 0 }
                return nil
            case BoltTag.pull: return .success(["has_more": .boolean(false)], records: records(rows.withLock { $0 }))
            default: return nil
            }
        }) { graph, _ in
            let sink = graph.sink()
            do {
                let mapping = try table.mapping(of: sink, ["node": .text("Thing")])
                found = try await sink.compare(
                    (0..<count).map { table.write(mapping, ["\($0)", "2024-01-01 00:00:00+00"], version: 1) })
            } catch {
                await sink.close()
                throw error
            }
            await sink.close()
        }
        return found
    }

    private func record(_ number: Int64, _ value: PackStreamValue) -> [PackStreamValue] {
        [.integer(number), .list([.text("Thing")]), .null, .integer(7), .integer(number), value]
    }

    @Test func aTimeThatHasLostItsZoneIsAnotherValueButWhereTheServerKeepsNone() async throws {
        let local: PackStreamValue = .structure(tag: 0x64, fields: [.integer(1_704_067_200), .integer(0)])
        let elsewhere: PackStreamValue = .structure(
            tag: 0x49, fields: [.integer(1_704_067_200), .integer(0), .integer(3600)])
        for (server, value, isEqual) in [
            ("Neo4j/5.13.0", Self.at, true), ("Neo4j/5.13.0", local, false), ("Neo4j/5.13.0", elsewhere, false),
            ("Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)", local, true),
            ("Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)", elsewhere, false),
        ] {
            let found = try await compare(server: server) { _ in [record(0, value)] }
            if isEqual {
                #expect(found == [Comparison(.equal, version: Version(rawValue: 7))])
            } else {
                guard case .different(let differences) = found[0].verdict else {
                    Issue.record("\(server) \(value): \(found)")
                    continue
                }
                #expect(differences.map(\.column) == ["at"])
            }
        }
    }

    @Test func anAnswerThatIsNoneIsAskedForAgain() async throws {
        let answers: [[[PackStreamValue]]] = [
            [[]], [[.integer(0)]], [record(9, Self.at)], [record(-1, Self.at)],
            [[.null] + record(0, Self.at).dropFirst()],
            [record(0, Self.at) + [.null]],
        ]
        for answer in answers {
            let error = await #expect(throws: MillraceError.self) { try await compare { _ in answer } }
            #expect(error?.code == .sinkUnavailable, "\(answer)")
        }
    }

    @Test func twoNodesOfOneKeyAndNoneAreTold() async throws {
        let found = try await compare(3) { _ in [record(0, Self.at), record(2, Self.at), record(2, Self.at)] }
        #expect(
            found.map(\.verdict) == [
                .equal, .missing, .different([ColumnDifference("count", expected: "1", found: "2")]),
            ])
    }

    @Test func anAnswerThatIsTooLargeCostsOnlyItsOwnRow() async throws {
        let piece = PackStreamValue.bytes([UInt8](repeating: 7, count: 40 << 20))
        let found = try await compare(3) { rows in
            rows > 1 ? [record(0, piece), record(1, piece)] : [record(0, Self.at), record(0, piece), record(0, piece)]
        }
        let tooLarge = Comparison.Verdict.unverifiable("what stands there is larger than is read at once")
        #expect(found.map(\.verdict) == [tooLarge, tooLarge, tooLarge])
    }
}

/// What a scan hands over.
private final class Entries: Sendable {
    private let entries = Mutex<[SinkEntry]>([])
    var all: [SinkEntry] { entries.withLock { $0 } }
    func append(_ more: [SinkEntry]) { entries.withLock { $0 += more } }
}

import BoltCodec
import Change
import Connector
import ConnectorTestKit
import Synchronization
import Testing

@testable import SinkConnectors

/// Documents whose arrays and nested fields are relationships, on the lab's server.
@Suite("Neo4j, documents as relationships", .enabled(if: Neo4jLab.isWanted))
struct Neo4jArrayTests {
    private static let products = SampleCollection(["category", "tags", "variants", "name"])

    private static func mapping(
        _ lab: Neo4jLab, _ sink: Neo4jSink, end: String, _ options: [String: OptionValue] = [:],
        _ collection: SampleCollection = products
    ) async throws -> Neo4jMapping {
        let all: [String: OptionValue] = [
            "relationship": .text(lab.label("HAS")),
            "start": .map(["label": .text(lab.label("A")), "id": .text("_id")]),
            "end": .map(["label": .text(lab.label("B")), "id": .text(end)]),
        ].merging(options) { $1 }
        let made = try sink.makeMapping(
            MappingRequest(
                name: "products", schema: collection.schema, outputs: outputs(collection), options: .test(all)))
        let mapping = try #require(made as? Neo4jMapping)
        try await sink.prepare([mapping])
        return mapping
    }

    private static func outputs(_ collection: SampleCollection) -> [OutputField] {
        collection.schema.index(of: "name").map { [OutputField(name: "name", column: $0)] } ?? []
    }

    private func write(
        _ mapping: Neo4jMapping, _ document: BSONSample, at version: Int64, delete: Bool = false,
        _ collection: SampleCollection = products
    ) throws -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: delete ? .delete : .upsert, row: try collection.row(document),
            version: Version(rawValue: version), position: Position(commit: UInt64(version)),
            kind: delete ? .delete : .update, committedAt: 0, transaction: 1)
    }

    private func apply(_ sink: Neo4jSink, _ writes: SinkWrite...) async throws -> [String] {
        try await sink.apply(writes, lane: 0).map { $0.reason ?? $0.word }
    }

    /// Every relationship as `start>end` with what stands on it.
    private func relationships(_ lab: Neo4jLab) async throws -> [String] {
        try await lab.ask("MATCH (a)-[x:\(lab.label("HAS"))]->(b) RETURN a.id, b.id, x.name, x.price").map { record in
            let words = record[2...].compactMap { $0.text ?? $0.integer.map { "\($0)" } }
            let end = record[1].text ?? record[1].integer.map { "\($0)" } ?? "?"
            return (["\(record[0].text ?? "?")>\(end)"] + words).joined(separator: " ")
        }.sorted()
    }

    /// What ends there are, a stub each.
    private func ends(_ lab: Neo4jLab) async throws -> [String] {
        try await lab.ask("MATCH (n:\(lab.label("B"))) RETURN n.id").compactMap { $0[0].text }.sorted()
    }

    @Test func anArrayOfIdsIsARelationshipForEachAndTheyFollowIt() async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try await Self.mapping(lab, sink, end: "this", ["each": .text("tags")])
            func document(_ tags: BSONSample?, name: String = "n") -> BSONSample {
                tags.map { ["_id": "p1", "name": .init(stringLiteral: name), "tags": $0] } ?? ["_id": "p1"]
            }
            let first = try write(mapping, document(["a", "b", "a", nil]), at: 1)
            let other = try write(mapping, ["_id": "p2", "tags": ["a"]], at: 1)
            #expect(try await apply(sink, first, other) == ["applied", "applied"])
            #expect(try await relationships(lab) == ["p1>a n", "p1>b n", "p2>a"])
            let kept = "MATCH ({id: 'p1'})-[x:\(lab.label("HAS"))]->({id: 'b'}) RETURN id(x)"
            let identity = try await lab.ask(kept)
            // An element that stays keeps its relationship; what no relationship holds any more is gone.
            let second = try write(mapping, document(["c", "b"], name: "m"), at: 2)
            #expect(try await apply(sink, second) == ["applied"])
            #expect(try await relationships(lab) == ["p1>b m", "p1>c m", "p2>a"])
            #expect(try await lab.ask(kept) == identity)
            #expect(try await apply(sink, try write(mapping, ["_id": "p2"], at: 2)) == ["applied"])
            #expect(try await ends(lab) == ["b", "c"])
            #expect(try await apply(sink, first, second) == ["stale", "stale"])
            #expect(try await relationships(lab) == ["p1>b m", "p1>c m"])
            // An array without elements leaves its version behind; one value is an array of itself.
            #expect(try await apply(sink, try write(mapping, document([]), at: 3)) == ["applied"])
            #expect(try await apply(sink, second) == ["stale"])
            #expect(try await relationships(lab).isEmpty)
            #expect(try await apply(sink, try write(mapping, document("solo"), at: 4)) == ["applied"])
            #expect(try await relationships(lab) == ["p1>solo n"])
            #expect(try await apply(sink, try write(mapping, ["_id": "p1"], at: 5, delete: true)) == ["applied"])
            #expect(try await apply(sink, try write(mapping, document(["a"]), at: 4)) == ["stale"])
            #expect(try await ends(lab).isEmpty)
        }
    }

    @Test func anArrayOfDocumentsGivesTheEndsAndThePropertiesOfItsElements() async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try await Self.mapping(
                lab, sink, end: "this.item.id",
                ["each": .text("variants"), "properties": .map(["price": .text("this.price")])])
            let document: BSONSample = [
                "_id": "p1",
                "variants": [
                    ["item": ["id": "v1"], "price": 5], ["item": ["id": "v2"]], ["item": ["name": "none"]], "odd",
                    ["item": ["id": .int64(7)], "price": 9],
                ],
            ]
            #expect(try await apply(sink, try write(mapping, document, at: 1)) == ["applied"])
            #expect(try await relationships(lab) == ["p1>7 9", "p1>v1 5", "p1>v2"])
            let changed: BSONSample = [
                "_id": "p1", "variants": [["item": ["id": "v1"]], ["item": ["id": "v2"], "price": 6]],
            ]
            #expect(try await apply(sink, try write(mapping, changed, at: 2)) == ["applied"])
            #expect(try await relationships(lab) == ["p1>v1", "p1>v2 6"])
        }
    }

    @Test func anEndIsFoundByAPathIntoTheDocument() async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try await Self.mapping(lab, sink, end: "category.path[0].id")
            func apply(_ category: BSONSample, _ version: Int64) async throws -> [String] {
                try await self.apply(sink, try write(mapping, ["_id": "p1", "category": category], at: version))
            }
            #expect(try await apply(["path": [["id": "c1"]]], 1) == ["applied"])
            #expect(try await relationships(lab) == ["p1>c1"])
            #expect(try await apply(["path": [["id": "c2"]]], 2) == ["applied"])
            #expect(try await relationships(lab) == ["p1>c2"])
            for (version, none) in zip(Int64(3)..., [["path": []], ["path": [["id": nil]]], "text"] as [BSONSample]) {
                #expect(try await apply(none, version) == ["applied"])
                #expect(try await relationships(lab).isEmpty)
            }
            // A field that no document has shown yet is missing, and no mistake.
            let young = SampleCollection([])
            let unseen = try await Self.mapping(lab, sink, end: "category.id", [:], young)
            #expect(try await self.apply(sink, try write(unseen, ["_id": "p1"], at: 9, young)) == ["applied"])
            #expect(Neo4jMappingCheck.findings(unseen).contains { $0.message.contains("no document has shown") })
        }
    }

    /// Damages what one document has, and says what an audit finds; then the document is written again, which mends it.
    @Test(arguments: [
        ("MATCH (a)-[x]->(b {id: 'a'}) DELETE x", ["end id", "start id"]),
        (
            "MATCH (a {id: 'p1'}) CREATE (a)-[x:HAS {millrace_id: $id, millrace_version: 1, name: 'n'}]->(:B {id: 'z'})",
            ["end id", "start id"]
        ),
        ("MATCH (a)-[x]->(b {id: 'a'}) CREATE (a)-[y:HAS]->(b) SET y = properties(x)", ["end id", "start id"]),
        ("MATCH (a)-[x]->(b {id: 'a'}) SET x.name = 'other'", ["name"]),
        ("MATCH (a)-[x]->(b {id: 'a'}) SET x.more = 1", ["more"]),
        ("MATCH (a)-[x]->(b {id: 'a'}) SET x.millrace_version = null", ["millrace_version"]),
    ])
    func whatSomebodyDoesToTheRelationshipsOfADocumentIsFoundAndMended(
        damage: String, columns: [String]
    ) async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try await Self.mapping(lab, sink, end: "this", ["each": .text("tags")])
            let document: BSONSample = ["_id": "p1", "name": "n", "tags": ["a", "b"]]
            let written = try write(mapping, document, at: 1)
            #expect(try await apply(sink, written) == ["applied"])
            #expect(try await sink.compare([written]) == [Comparison(.equal, version: Version(rawValue: 1))])
            let text = damage.replacing("[x]", with: "[x:HAS]").replacing(":HAS", with: ":\(lab.label("HAS"))")
                .replacing(":B", with: ":\(lab.label("B"))")
            _ = try await lab.ask(text, ["id": .text("\(mapping.tag):2:p1")])
            guard case .different(let differences) = try await sink.compare([written])[0].verdict else {
                Issue.record("nothing was found")
                return
            }
            #expect(differences.map(\.column).sorted() == columns)
            #expect(try await apply(sink, try write(mapping, document, at: 2)) == ["applied"])
            #expect(try await relationships(lab) == ["p1>a n", "p1>b n"])
            #expect(try await sink.compare([written])[0].verdict == .equal)
            // Of a document without elements nothing is left; what still stands is too much.
            let empty = try write(mapping, ["_id": "p1", "tags": []], at: 3)
            #expect(try await sink.compare([empty])[0].verdict == .extra)
            #expect(try await apply(sink, empty) == ["applied"])
            #expect(try await sink.compare([empty, written]).map(\.verdict) == [.equal, .missing])
        }
    }

    @Test func aSecondRelationshipOfARowIsGoneOnceTheRowIsWrittenAgain() async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try await Self.mapping(lab, sink, end: "category")
            let document: BSONSample = ["_id": "p1", "name": "n", "category": "c1"]
            let first = try write(mapping, document, at: 1)
            #expect(try await apply(sink, first) == ["applied"])
            let type = lab.label("HAS")
            for end in ["b", "(:\(lab.label("B")) {id: 'c9'})"] {
                let target = end == "b" ? "(b)" : end
                _ = try await lab.ask(
                    "MATCH (a)-[x:\(type)]->(b {id: 'c1'}) WITH a, b, x LIMIT 1 "
                        + "CREATE (a)-[y:\(type)]->\(target) SET y = properties(x)")
            }
            #expect(try await relationships(lab) == ["p1>c1 n", "p1>c1 n", "p1>c9 n"])
            guard case .different = try await sink.compare([first])[0].verdict else {
                Issue.record("nothing was found")
                return
            }
            #expect(try await apply(sink, try write(mapping, document, at: 2)) == ["applied"])
            #expect(try await relationships(lab) == ["p1>c1 n"])
            #expect(try await sink.compare([first])[0].verdict == .equal)
        }
    }

    @Test func aSweepFindsARowByAnyOfItsRelationshipsAndDeletesThemAll() async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try await Self.mapping(lab, sink, end: "this", ["each": .text("tags")])
            let writes = try (1...3).map { number in
                try write(
                    mapping, ["_id": .init(stringLiteral: "p\(number)"), "tags": ["a", "b", "c"]], at: Int64(number))
            }
            #expect(try await sink.apply(writes, lane: 0).map(\.word) == ["applied", "applied", "applied"])
            let entries = Mutex<[SinkEntry]>([])
            try await sink.scan(mapping) { page in entries.withLock { $0 += page } }
            let found = entries.withLock { $0 }
            #expect(Set(found.map(\.key)) == Set(try writes.map { try key(of: $0) }))
            let old = found.filter { $0.version <= Version(rawValue: 2) }
            _ = try await sink.delete(old, of: mapping, upTo: Version(rawValue: 2))
            #expect(try await relationships(lab) == ["p3>a", "p3>b", "p3>c"])
            #expect(try await sink.apply(Array(writes[..<2]), lane: 0).map(\.word) == ["stale", "stale"])
        }
    }

    private func key(of write: SinkWrite) throws -> [UInt8] {
        var key: [UInt8] = []
        try write.mapping.appendKey(of: write.row, to: &key)
        return key
    }

    @Test func whatCannotBeMeantIsRefused() async throws {
        try await Neo4jLab.run { lab, sink in
            for (end, options) in [
                ("category", ["each": .text("tags")]), ("this", ["each": .text("tags[*]")]),
                ("category[*]", [:]), ("category", ["properties": .map(["price": .text("this.price")])]),
                ("this", ["each": .text("tags"), "properties": .map(["name": .text("this.name")])]),
                ("this", ["each": .text("tags"), "properties": .map(["millrace_x": .text("this.name")])]),
            ] as [(String, [String: OptionValue])] {
                await #expect(throws: ConfigurationErrors.self, "\(end) \(options)") {
                    try await Self.mapping(lab, sink, end: end, options)
                }
            }
        }
    }
}

import BoltCodec
import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite("Neo4j, a scripted server", .timeLimit(.minutes(1)))
struct Neo4jSinkTests {
    let table = GraphTable([("id", .int32), ("name", .text), ("owner", .int32)])

    /// A server on which every row of every statement is applied, until a script says otherwise.
    private func run(
        _ script: @escaping ScriptedBoltServer.Script = { _ in nil },
        _ body: (ScriptedGraph, Neo4jSink) async throws -> Void
    ) async throws {
        try await ScriptedGraph.run(answering: script) { graph, _ in
            let sink = graph.sink()
            do {
                try await body(graph, sink)
            } catch {
                await sink.close()
                throw error
            }
            await sink.close()
        }
    }

    private func nodes(_ sink: Neo4jSink) throws -> Neo4jMapping {
        try table.mapping(of: sink, ["node": .text("Thing")])
    }

    @Test(arguments: [
        ("Neo.TransientError.Transaction.DeadlockDetected", "retry", "retry"),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", "retry", "retry"),
        ("Neo.ClientError.Cluster.NotALeader", "retry", "retry"),
        ("Neo.ClientError.Schema.ConstraintValidationFailed", "split", "park"),
        ("Neo.ClientError.Statement.TypeError", "split", "park"),
        ("Neo.ClientError.Statement.ArgumentError", "split", "park"),
        ("Neo.ClientError.Statement.SyntaxError", "stop", "stop"),
        ("Neo.ClientError.Security.Forbidden", "stop", "stop"),
        ("Neo.ClientError.Database.DatabaseNotFound", "stop", "stop"),
        ("Neo.DatabaseError.General.UnknownError", "retry", "retry"),
        ("Neo.Unheard.Of", "retry", "retry"),
    ])
    func everyRefusalHasItsMeaningAndSaysNothingOfTheRow(code: String, many: String, one: String) async throws {
        try await run({ $0.tag == BoltTag.commit ? .failure(code) : nil }) { _, sink in
            let mapping = try nodes(sink)
            let writes = (1...3).map { table.write(mapping, ["\($0)", "SECRET", nil], version: 1) }
            let results = try await sink.apply(writes, lane: 0)
            #expect(results.map(\.word) == [many, many, many])
            let alone = try await sink.apply([writes[0]], lane: 0)
            #expect(alone.map(\.word) == [one])
            #expect(alone[0].reason?.contains("SECRET") == false)
            #expect(alone[0].reason?.contains(code) == true)
        }
    }

    @Test func rowsOfAStatementAreSortedAndWhatIsNotReturnedIsStale() async throws {
        try await run({ asked in
            asked.tag == BoltTag.pull
                ? .success(["has_more": .boolean(false)], records: [[.list([.integer(0), .integer(2)])]]) : nil
        }) { graph, sink in
            let mapping = try nodes(sink)
            let results = try await sink.apply(
                [3, 1, 2].map { table.write(mapping, ["\($0)", "n", nil], version: 9) }, lane: 0)
            #expect(results.map(\.word) == ["applied", "stale", "applied"])
            let run = try #require(graph.server.asked.last { $0.tag == BoltTag.run })
            let rows = try #require(run.fields[1]["rows"]?.list)
            #expect(rows.map { $0["k0"]?.integer } == [1, 2, 3])
            #expect(rows[0]["i"]?.integer == 1)
            #expect(rows[0]["v"]?.integer == 9)
            #expect(rows[0]["p"] == .map(["name": .text("n"), "owner": .null]))
            #expect(rows[0]["t"]?.text == "\(mapping.tag):1:1")
        }
    }

    @Test func nodesAreWrittenBeforeRelationshipsEachInATransactionOfItsOwn() async throws {
        try await run { graph, sink in
            let nodes = try nodes(sink)
            let relationships = try table.mapping(
                of: sink, name: "owners",
                [
                    "relationship": .text("OWNS"), "start": .map(["label": .text("User"), "id": .text("owner")]),
                    "end": .map(["label": .text("Thing"), "id": .text("id")]),
                ], select: ["name"])
            _ = try await sink.apply(
                [
                    table.write(relationships, ["1", "a", "7"], version: 1),
                    table.write(nodes, ["1", "a", "7"], version: 1),
                    table.write(relationships, ["2", "b", nil], version: 1),
                ], lane: 0)
            let statements = graph.server.asked.filter { $0.tag == BoltTag.run }.compactMap { $0.fields[0].text }
            #expect(graph.tags(0).filter { $0 == BoltTag.commit }.count == 2)
            #expect(statements.count == 5)
            #expect(statements[1] == nodes.statements.upsert)
            // A relationship without one of its ends is none.
            #expect(
                statements[3...].sorted()
                    == [relationships.statements.upsert, relationships.statements.delete].sorted())
            let upsert = try #require(
                graph.server.asked.first { $0.fields.first?.text == relationships.statements.upsert })
            let id = "\(relationships.tag):1:1"
            #expect(upsert.fields[1]["ids"]?.list == [.text(id)])
            let row = try #require(upsert.fields[1]["rows"]?[id])
            let maps = try #require(row["e"]?.list)
            #expect(maps.count == 1)
            #expect(maps[0]["a0"]?.integer == 7)
            #expect(maps[0]["b0"]?.integer == 1)
            let properties: [String: PackStreamValue] = [
                "name": .text("a"), "millrace_id": .text(id), "millrace_version": .integer(1),
            ]
            #expect(maps[0]["p"] == .map(properties))
        }
    }

    @Test func writesOfOneKeyNeverShareATransaction() async throws {
        try await run { graph, sink in
            let mapping = try nodes(sink)
            let results = try await sink.apply(
                [
                    table.write(mapping, ["1", "a", nil], version: 1),
                    table.write(mapping, ["2", "a", nil], version: 1),
                    table.write(mapping, ["1", "a", nil], version: 2, delete: true),
                ], lane: 0)
            #expect(results.count == 3)
            #expect(graph.tags(0).filter { $0 == BoltTag.commit }.count == 2)
        }
    }

    @Test func aStatementOfTheUsersIsGivenWhatIsNewAndNothingTwice() async throws {
        try await run({ asked in
            asked.tag == BoltTag.pull ? .success(["has_more": .boolean(false)], records: [[.integer(1)]]) : nil
        }) { graph, sink in
            let mapping = try table.mapping(
                of: sink, ["statement": .text("UNWIND $rows AS r CREATE (:X {id: r.key.id})")])
            let results = try await sink.apply(
                [
                    table.write(mapping, ["1", "a", nil], version: 5),
                    table.write(mapping, ["2", "b", nil], version: 6, delete: true),
                ], lane: 0)
            #expect(results.map(\.word) == ["stale", "applied"])
            let own = try #require(graph.server.asked.last { $0.tag == BoltTag.run })
            #expect(own.fields[0] == .text("UNWIND $rows AS r CREATE (:X {id: r.key.id})"))
            let rows = try #require(own.fields[1]["rows"]?.list)
            #expect(rows.count == 1)
            #expect(rows[0]["key"] == .map(["id": .integer(2)]))
            #expect(rows[0]["deleted"] == .boolean(true))
            #expect(rows[0]["row"] == .null)
            #expect(graph.tags(0).filter { $0 == BoltTag.begin }.count == 1)
        }
    }

    @Test func aRecordThatIsGoneSaysThatTheGraphWasEmptied() async throws {
        try await run({ asked in
            asked.tag == BoltTag.pull
                ? .success(["has_more": .boolean(false)], records: [[.text("another life")]]) : nil
        }) { graph, sink in
            let mapping = try nodes(sink)
            let incarnation = try await sink.open()
            #expect(incarnation.parts["store"] == "another life")
            _ = try await sink.apply([table.write(mapping, ["1", "a", nil], version: 1)], lane: 0)
        }
        try await run { graph, sink in
            let mapping = try nodes(sink)
            await #expect(throws: MillraceError.self) { try await sink.open() }
            _ = mapping
        }
    }

    /// Names come from the file alone, and none of them ends its quotes.
    @Test(arguments: ["a`b", "a``", "`", "a b", "x'y\"z", "} DETACH DELETE n //", "é🦀"])
    func hostileNamesStayNames(name: String) async throws {
        try await run { _, sink in
            let odd = GraphTable([("id", .int32), (name, .text)])
            let mapping = try odd.mapping(of: sink, ["node": .text(name)])
            let quoted = "`" + name.replacing("`", with: "``") + "`"
            #expect(mapping.statements.upsert.contains("MERGE (n:\(quoted) {`id`: r.k0})"))
            // The property's name is a parameter, and stands in no statement.
            #expect(mapping.statements.upsert.ranges(of: quoted).count == 1)
        }
    }

    @Test(arguments: ["", "a\\u0060b", "\\", "a\nb", "a\u{0}b", "millrace_x", "MillraceTombstone"])
    func namesThatCannotBeQuotedSafelyAreRefused(name: String) async throws {
        try await run { _, sink in
            #expect(throws: ConfigurationErrors.self) { try table.mapping(of: sink, ["node": .text(name)]) }
            #expect(throws: ConfigurationErrors.self) {
                try table.mapping(
                    of: sink,
                    [
                        "relationship": .text("X"), "start": .map(["label": .text(name), "id": .text("id")]),
                        "end": .map(["label": .text("B"), "id": .text("id")]),
                    ])
            }
            let odd = GraphTable([("id", .int32), (name.isEmpty ? "millrace" : name, .text)])
            #expect(throws: ConfigurationErrors.self) { try odd.mapping(of: sink, ["node": .text("Thing")]) }
        }
    }

    @Test func optionsThatContradictAreRefused() async throws {
        try await run { _, sink in
            let ends: [String: OptionValue] = [
                "start": .map(["label": .text("A"), "id": .text("id")]),
                "end": .map(["label": .text("B"), "id": .text("id")]),
            ]
            for options: [String: OptionValue] in [
                [:], ["node": .text("A"), "relationship": .text("R")], ["relationship": .text("R")],
                ["node": .text("A"), "start": .map(["label": .text("A"), "id": .text("id")])],
                ends.merging(["relationship": .text("R"), "start": .map(["label": .text("A")])]) { $1 },
                ends.merging(["relationship": .text("R"), "start": .map(["label": .text("A"), "id": .text("nobody")])])
                { $1 },
                ["node": .text("A"), "key": .list([.text("nobody")])], ["statement": .text("RETURN 1")],
            ] {
                #expect(throws: ConfigurationErrors.self, "\(options)") { try table.mapping(of: sink, options) }
            }
            let keyless = GraphTable([("id", .int32)], key: [])
            #expect(throws: ConfigurationErrors.self) { try keyless.mapping(of: sink, ["node": .text("A")]) }
        }
    }
}

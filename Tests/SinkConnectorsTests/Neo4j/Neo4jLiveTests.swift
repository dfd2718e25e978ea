import BoltCodec
import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite("Neo4j, the lab's server", .enabled(if: Neo4jLab.isWanted))
struct Neo4jLiveTests {
    let users = GraphTable([("id", .text), ("name", .text)])
    let orders = GraphTable([("id", .text), ("user_id", .text), ("total", .int32)])

    private struct Shop {
        var user: Neo4jMapping
        var order: Neo4jMapping
        var placed: Neo4jMapping
    }

    private func shop(_ lab: Neo4jLab, _ sink: Neo4jSink) async throws -> Shop {
        let shop = Shop(
            user: try users.mapping(of: sink, name: "users", ["node": .text(lab.label("User"))]),
            order: try orders.mapping(
                of: sink, name: "orders", ["node": .text(lab.label("Order"))], select: ["id", "total"]),
            placed: try orders.mapping(
                of: sink, name: "placed",
                [
                    "relationship": .text(lab.label("PLACED")),
                    "start": .map(["label": .text(lab.label("User")), "id": .text("user_id")]),
                    "end": .map(["label": .text(lab.label("Order")), "id": .text("id")]),
                ], select: []))
        try await sink.prepare([shop.user, shop.order, shop.placed])
        return shop
    }

    /// Every relationship as `user>order`, and every node with what it holds.
    private func state(_ lab: Neo4jLab) async throws -> (placed: [String], nodes: [String]) {
        let placed = try await lab.ask("MATCH (u)-[x:\(lab.label("PLACED"))]->(o) RETURN u.id, o.id")
            .map { "\($0[0].text ?? "?")>\($0[1].text ?? "?")" }.sorted()
        var nodes: [String] = []
        for label in ["User", "Order"] {
            nodes += try await lab.ask(
                "MATCH (n:\(lab.label(label))) RETURN n.id, n.name, n.total, n.millrace_stub"
            ).map { record in
                let value = record[1].text ?? record[2].integer.map { "\($0)" } ?? "-"
                return "\(record[0].text ?? "?") \(record[3] == .boolean(true) ? "stub" : value)"
            }
        }
        return (placed, nodes.sorted())
    }

    @Test func aForeignKeyIsARelationshipThatFollowsIt() async throws {
        try await Neo4jLab.run { lab, sink in
            let shop = try await shop(lab, sink)
            func apply(_ user: String?, version: Int64, delete: Bool = false) async throws -> [String] {
                let row = ["o1", user, "5"]
                return try await sink.apply(
                    [shop.order, shop.placed].map { orders.write($0, row, version: version, delete: delete) }, lane: 0
                ).map(\.word)
            }
            // The order comes before its user.
            #expect(try await apply("u1", version: 10) == ["applied", "applied"])
            var found = try await state(lab)
            #expect(found.placed == ["u1>o1"])
            #expect(found.nodes == ["o1 5", "u1 stub"])
            // The user fills its stub.
            #expect(
                try await sink.apply([users.write(shop.user, ["u1", "Ann"], version: 11)], lane: 1).map(\.word) == [
                    "applied"
                ])
            #expect(try await state(lab).nodes == ["o1 5", "u1 Ann"])
            // The order goes to somebody else, who is not there yet, and then on: the stub goes too.
            #expect(try await apply("u2", version: 12) == ["applied", "applied"])
            found = try await state(lab)
            #expect(found.placed == ["u2>o1"])
            #expect(found.nodes == ["o1 5", "u1 Ann", "u2 stub"])
            #expect(try await apply("u1", version: 13) == ["applied", "applied"])
            found = try await state(lab)
            #expect(found.placed == ["u1>o1"])
            #expect(found.nodes == ["o1 5", "u1 Ann"])
            // An old state changes nothing, a null ends the relationship.
            #expect(try await apply("u2", version: 12) == ["stale", "stale"])
            #expect(try await state(lab) == found)
            #expect(try await apply(nil, version: 14) == ["applied", "applied"])
            found = try await state(lab)
            #expect(found.placed.isEmpty)
            #expect(found.nodes == ["o1 5", "u1 Ann"])
            #expect(try await apply("u1", version: 13) == ["stale", "stale"])
            #expect(try await state(lab) == found)
            #expect(try await apply("u1", version: 15, delete: true) == ["applied", "applied"])
            #expect(try await state(lab).nodes == ["u1 Ann"])
        }
    }

    @Test func aNodeThatOthersHoldIsLeftAsAStubAndALateRelationshipDoesNotReviveIt() async throws {
        try await Neo4jLab.run { lab, sink in
            let shop = try await shop(lab, sink)
            let user = users.write(shop.user, ["u1", "Ann"], version: 1)
            let placed = orders.write(shop.placed, ["o1", "u1", "5"], version: 2)
            _ = try await sink.apply([user, placed, orders.write(shop.order, ["o1", "u1", "5"], version: 2)], lane: 0)
            #expect(
                try await sink.apply([users.write(shop.user, ["u1", nil], version: 5, delete: true)], lane: 0).map(
                    \.word) == ["applied"])
            var found = try await state(lab)
            #expect(found.placed == ["u1>o1"])
            #expect(found.nodes == ["o1 5", "u1 stub"])
            // A replay of the user is refused, also once the stub is gone.
            #expect(try await sink.apply([user], lane: 0).map(\.word) == ["stale"])
            let leaves = orders.write(shop.placed, ["o1", "u1", "5"], version: 6, delete: true)
            #expect(try await sink.apply([leaves], lane: 0).map(\.word) == ["applied"])
            #expect(try await state(lab).nodes == ["o1 5"])
            #expect(try await sink.apply([user], lane: 0).map(\.word) == ["stale"])
            #expect(try await sink.apply([placed], lane: 0).map(\.word) == ["stale"])
            found = try await state(lab)
            #expect(found.placed.isEmpty)
            #expect(found.nodes == ["o1 5"])
        }
    }

    @Test func stubsOfOneBatchThatLoseAllTheirRelationshipsAreGone() async throws {
        try await Neo4jLab.run { lab, sink in
            let shop = try await shop(lab, sink)
            _ = try await sink.apply(
                (1...5).map { orders.write(shop.placed, ["o\($0)", "u1", "5"], version: 1) }, lane: 0)
            #expect(try await state(lab).nodes.count == 6)
            _ = try await sink.apply(
                (1...3).map { orders.write(shop.placed, ["o\($0)", "u2", "5"], version: 2) }
                    + (4...5).map { orders.write(shop.placed, ["o\($0)", nil, "5"], version: 2, delete: true) }, lane: 0
            )
            let found = try await state(lab)
            #expect(found.placed == ["u2>o1", "u2>o2", "u2>o3"])
            #expect(found.nodes == ["o1 stub", "o2 stub", "o3 stub", "u2 stub"])
        }
    }

    @Test func twoMappingsMayWriteOneNode() async throws {
        try await Neo4jLab.run { lab, sink in
            let shop = try await shop(lab, sink)
            let scores = GraphTable([("id", .text), ("score", .int32)])
            let score = try scores.mapping(of: sink, name: "scores", ["node": .text(lab.label("User"))])
            _ = try await sink.apply([users.write(shop.user, ["u1", "Ann"], version: 100)], lane: 0)
            // Versions of one never meet those of the other.
            #expect(
                try await sink.apply([scores.write(score, ["u1", "7"], version: 3)], lane: 1).map(\.word) == ["applied"]
            )
            func both() async throws -> [PackStreamValue]? {
                try await lab.ask("MATCH (n:\(lab.label("User"))) RETURN n.name, n.score").first
            }
            #expect(try await both() == [.text("Ann"), .integer(7)])
            _ = try await sink.apply([users.write(shop.user, ["u1", nil], version: 101, delete: true)], lane: 0)
            #expect(try await both() == [.null, .integer(7)])
            _ = try await sink.apply([scores.write(score, ["u1", nil], version: 4, delete: true)], lane: 0)
            #expect(try await both() == nil)
        }
    }

    @Test func lanesThatWriteTheSameNodesAndRelationshipsEndInOneState() async throws {
        try await Neo4jLab.run { lab, sink in
            let shop = try await shop(lab, sink)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<2 {
                    group.addTask {
                        // Lanes share users, and each has orders of its own.
                        for round in 0..<15 {
                            var writes = (0..<20).map { number in
                                orders.write(
                                    shop.placed, ["o\(lane)-\(number)", "u\((number * 7 + round) % 10)", "1"],
                                    version: Int64(round + 1))
                            }
                            writes += (lane * 5..<lane * 5 + 5).map {
                                users.write(shop.user, ["u\($0)", "name \(round)"], version: Int64(round + 1))
                            }
                            var pending = writes
                            while !pending.isEmpty {
                                let results = try await sink.apply(pending, lane: lane)
                                pending = zip(pending, results).filter { $0.1.word == "retry" }.map(\.0)
                                #expect(results.allSatisfy { ["applied", "retry"].contains($0.word) })
                            }
                        }
                    }
                }
                while try await group.next() != nil {}
            }
            let found = try await state(lab)
            let expected = (0..<2).flatMap { lane in (0..<20).map { "u\(($0 * 7 + 14) % 10)>o\(lane)-\($0)" } }
            #expect(found.placed == expected.sorted())
            #expect(found.nodes.filter { $0.hasPrefix("u") } == (0..<10).map { "u\($0) name 14" })
        }
    }

    @Test func valuesOfEveryTypeComeBackAndHostileTextStaysAValue() async throws {
        try await Neo4jLab.run { lab, sink in
            let table = GraphTable([
                ("id", .text), ("flag", .boolean), ("number", .int64), ("real", .float64), ("list", .array(of: .text)),
            ])
            let mapping = try table.mapping(of: sink, ["node": .text(lab.label("A"))])
            try await sink.prepare([mapping])
            let hostile = ["'); MATCH (n) DETACH DELETE n //", "`", "\\u0060", "\"", "\n", "\u{0}", "🦀", "$rows", "{}"]
            for (number, text) in hostile.enumerated() {
                let write = table.write(
                    mapping, [text, "t", "9223372036854775807", "0.5", "{a,\"b,c\"}"], version: Int64(number + 1))
                #expect(try await sink.apply([write], lane: 0).map(\.word) == ["applied"])
            }
            let found = try await lab.ask(
                "MATCH (n:\(lab.label("A"))) RETURN n.id, n.flag, n.number, n.real, n.list")
            #expect(Set(found.compactMap { $0[0].text }) == Set(hostile))
            for record in found {
                #expect(
                    record[1...] == [.boolean(true), .integer(.max), .float(0.5), .list([.text("a"), .text("b,c")])])
            }
        }
    }

    @Test func constraintsAreCreatedAndVerified() async throws {
        try await Neo4jLab.run { lab, sink in
            let mapping = try users.mapping(of: sink, ["node": .text(lab.label("User"))])
            var verifying = lab.options
            verifying.constraints = .verify
            let strict = Neo4jSink(
                pipeline: lab.name, name: "strict",
                options: verifying, logger: .quiet)
            let error = await #expect(throws: MillraceError.self) { try await strict.prepare([mapping]) }
            #expect(error?.code == .sinkRejected)
            #expect(
                await strict.check([mapping]).contains { $0.severity == .error && $0.message.contains("uniqueness") })
            try await sink.prepare([mapping])
            try await sink.prepare([mapping])
            try await strict.prepare([mapping])
            #expect(await sink.check([mapping]).allSatisfy { $0.severity != .error })
            await strict.close()
        }
    }

    @Test func aStatementOfTheUsersRunsOnceForEachState() async throws {
        try await Neo4jLab.run { lab, sink in
            let text =
                "UNWIND $rows AS r CREATE (:\(lab.label("A")) {id: r.key.id, name: r.row.name, deleted: r.deleted})"
            let mapping = try users.mapping(of: sink, ["statement": .text(text)])
            let writes = [
                users.write(mapping, ["u1", "Ann"], version: 1),
                users.write(mapping, ["u1", nil], version: 2, delete: true),
            ]
            #expect(try await sink.apply(writes, lane: 0).map(\.word) == ["applied", "applied"])
            #expect(try await sink.apply(writes, lane: 0).map(\.word) == ["stale", "stale"])
            let found = try await lab.ask("MATCH (n:\(lab.label("A"))) RETURN n.id, n.name, n.deleted")
            #expect(found.count == 2)
        }
    }
}

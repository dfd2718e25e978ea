import BoltCodec
import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite("Neo4j keeps the contract of sinks", .enabled(if: Neo4jLab.isWanted))
struct Neo4jContractTests {
    @Test func nodesPassEveryCheck() async throws {
        for check in SinkContract.checks {
            try await Neo4jLab.run { lab, sink in
                let mapping = try sink.makeMapping(ContractRow.request(options: .test(["node": .text(lab.label("A"))])))
                let statement = "MATCH (n:\(lab.label("A")) {id: $id}) RETURN n.name, n.number, n.millrace_stub"
                try await run(check, lab, sink, mapping, reading: statement)
            }
        }
    }

    /// The relationship's end is the row's number: a row that changes it moves its relationship.
    @Test func relationshipsPassEveryCheck() async throws {
        for check in SinkContract.checks {
            try await Neo4jLab.run { lab, sink in
                let mapping = try sink.makeMapping(
                    ContractRow.request(
                        options: .test([
                            "relationship": .text(lab.label("HAS")),
                            "start": .map(["label": .text(lab.label("A")), "id": .text("id")]),
                            "end": .map(["label": .text(lab.label("B")), "number": .text("number")]),
                        ])))
                let statement =
                    "MATCH (a:\(lab.label("A")) {id: $id})-[x:\(lab.label("HAS"))]->(b) RETURN x.name, b.number, x.gone"
                try await run(check, lab, sink, mapping, reading: statement)
                // A stub is there only while something holds it.
                let stubs = try await lab.ask(
                    "MATCH (n) WHERE n.millrace_stub = true AND size([(n)--() | 1]) = 0 RETURN labels(n)")
                #expect(stubs.allSatisfy { "\($0)".contains(lab.name) == false }, "\(check.name)")
            }
        }
    }

    private func run(
        _ check: SinkContract.Check, _ lab: Neo4jLab, _ sink: Neo4jSink, _ mapping: any RowMapping,
        reading statement: String
    ) async throws {
        try await sink.prepare([mapping])
        let subject = ContractSubject(
            sink: sink, mapping: mapping, pipeline: lab.name, largestName: 200_000,
            read: { id in
                let records = try await lab.ask(statement, ["id": .text(id)])
                guard let record = records.first, record[2] != .boolean(true) else { return nil }
                #expect(records.count == 1)
                return "\(record[0].text ?? "-")|\(record[1].integer.map { "\($0)" } ?? "-")"
            }, render: { "\($0.name ?? "-")|\($0.number)" })
        do {
            try await check.run(subject)
        } catch {
            Issue.record(error, "\(check.name)")
        }
    }
}

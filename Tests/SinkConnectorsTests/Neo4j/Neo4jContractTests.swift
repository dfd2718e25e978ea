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
                try await run(check, lab, sink, mapping, reading: statement) { corruption, id in
                    try await damage(corruption, node: id, lab, mapping)
                }
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
                try await run(check, lab, sink, mapping, reading: statement) { corruption, id in
                    try await damage(corruption, relationship: id, lab)
                }
                if check.name.contains("damaged") { return }
                // A stub is there only while something holds it.
                let stubs = try await lab.ask(
                    "MATCH (n) WHERE n.millrace_stub = true AND size([(n)--() | 1]) = 0 RETURN labels(n)")
                #expect(stubs.allSatisfy { "\($0)".contains(lab.name) == false }, "\(check.name)")
            }
        }
    }

    private func run(
        _ check: SinkContract.Check, _ lab: Neo4jLab, _ sink: Neo4jSink, _ mapping: any RowMapping,
        reading statement: String,
        corrupting corrupt: @escaping @Sendable (ContractCorruption, String) async throws -> ContractCorruption.Effect?
    ) async throws {
        try await sink.prepare([mapping])
        let subject = ContractSubject(
            sink: sink, mapping: mapping, pipeline: lab.name, largestName: 200_000,
            read: { id in
                let records = try await lab.ask(statement, ["id": .text(id)])
                guard let record = records.first, record[2] != .boolean(true) else { return nil }
                #expect(records.count == 1)
                return "\(record[0].text ?? "-")|\(record[1].integer.map { "\($0)" } ?? "-")"
            }, render: { "\($0.name ?? "-")|\($0.number)" }, corrupt: corrupt)
        do {
            try await check.run(subject)
        } catch {
            Issue.record(error, "\(check.name)")
        }
    }

    /// What somebody does to one node of the contract's table.
    private func damage(
        _ corruption: ContractCorruption, node id: String, _ lab: Neo4jLab, _ mapping: any RowMapping
    ) async throws -> ContractCorruption.Effect? {
        let version = GraphStatements.version((mapping as? Neo4jMapping)?.tag ?? "")
        let change: (String, ContractCorruption.Effect)? =
            switch corruption {
            case .drop: ("DETACH DELETE n", .missing)
            case .otherType:
                ("SET n.name = null, n.number = null, n.\(version) = null, n.millrace_stub = true", .missing)
            case .changedColumn: ("SET n.name = 'Whole'", .different)
            case .lostColumn: ("SET n.name = null", .different)
            // Others may write what the mapping does not.
            case .extraField: ("SET n.other = 1", .equal)
            case .otherText: ("SET n.number = '12'", .different)
            case .lostGuard: ("SET n.\(version) = null", .different)
            case .foreignGuard: ("SET n.\(version) = null, n.millrace_version_01234567 = 9", .different)
            case .deletedGuard: ("SET n.millrace_stub = true", .different)
            case .otherLifetime: nil
            }
        guard let (statement, effect) = change else { return nil }
        _ = try await lab.ask("MATCH (n:\(lab.label("A")) {id: $id}) \(statement)", ["id": .text(id)])
        return effect
    }

    /// The same of one relationship.
    private func damage(
        _ corruption: ContractCorruption, relationship id: String, _ lab: Neo4jLab
    ) async throws -> ContractCorruption.Effect? {
        let change: (String, ContractCorruption.Effect)? =
            switch corruption {
            case .drop: ("DELETE x", .missing)
            case .otherType: ("CREATE (a)-[y:\(lab.label("IS"))]->(b) SET y = properties(x) DELETE x", .missing)
            case .changedColumn: ("SET x.name = 'Whole'", .different)
            case .lostColumn: ("SET x.name = null", .different)
            case .extraField: ("SET x.other = 1", .different)
            case .otherText: ("SET x.number = 12.0", .different)
            case .lostGuard: ("SET x.millrace_version = null", .different)
            case .foreignGuard: ("SET x.millrace_id = '01234567:1:x'", .missing)
            case .deletedGuard, .otherLifetime: nil
            }
        guard let (statement, effect) = change else { return nil }
        _ = try await lab.ask(
            "MATCH (a:\(lab.label("A")) {id: $id})-[x:\(lab.label("HAS"))]->(b) \(statement)", ["id": .text(id)])
        return effect
    }
}

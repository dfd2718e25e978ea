internal import BoltCodec
internal import Connector

/// Reads what stands in the graph for some writes of one mapping.
struct GraphLook {
    private let mapping: Neo4jMapping

    init(_ mapping: Neo4jMapping) {
        self.mapping = mapping
    }

    /// Asks for what stands where these writes would go.
    ///
    /// Relationships are asked for by their ids, wherever they are: one that was moved is found, and so is a second one.
    func statement(_ expectations: [GraphExpectation]) -> BoltStatement {
        switch mapping.form {
        case .node(let node, _):
            let rows: [PackStreamValue] = expectations.enumerated().map { number, expectation in
                var row: [String: PackStreamValue] = ["i": .integer(Int64(number))]
                let key = expectation.things.first?.key("k", of: node) ?? []
                for (part, value) in key.enumerated() { row["k\(part)"] = value }
                return .map(row)
            }
            return BoltStatement(nodes(node), ["rows": .list(rows)])
        case .relationship(let type, let start, let end, _):
            let ids = expectations.map { PackStreamValue.text($0.id) }
            return BoltStatement(relationships(type, start, end), ["ids": .list(ids)])
        case .statement: preconditionFailure("what a user's statement makes is never compared")
        }
    }

    /// What was found for each of the writes, in their order; more than one where there should be one.
    ///
    /// - Returns: nil where the records are not what was asked for.
    func findings(_ records: [[PackStreamValue]], for expectations: [GraphExpectation]) -> [[GraphFinding]]? {
        var findings = [[GraphFinding]](repeating: [], count: expectations.count)
        switch mapping.form {
        case .node(let node, _):
            for record in records {
                guard record.count == 4 + node.key.count + mapping.properties.count, let number = record[0].integer,
                    findings.indices.contains(Int(truncatingIfNeeded: number))
                else { return nil }
                if let finding = finding(node, record) { findings[Int(number)].append(finding) }
            }
        case .relationship(_, let start, let end, _):
            // Texts are told apart by their bytes: two that look the same are not one id.
            let places = Dictionary(grouping: expectations.indices) { Array(expectations[$0].id.utf8) }
            for record in records {
                guard record.count == 4 + start.key.count + end.key.count, let id = record[0].text,
                    case .map(let properties) = record[1]
                else { return nil }
                let finding = finding(start, end, properties, record)
                for place in places[Array(id.utf8)] ?? [] { findings[place].append(finding) }
            }
        case .statement: break
        }
        return findings
    }

    // MARK: Nodes

    private func nodes(_ node: GraphEnd) -> String {
        let names = node.key.map(\.property) + mapping.properties.map(\.name)
        let columns = [
            "labels(n)", "n.\(GraphStatements.stub)", "n.\(Cypher.name(GraphStatements.version(mapping.tag)))",
        ]
        return """
            UNWIND $rows AS r
            OPTIONAL MATCH \(node.pattern("n", parameters: "k"))
            RETURN r.i, \((columns + names.map { "n.\(Cypher.name($0))" }).joined(separator: ", "))
            """
    }

    private func finding(_ node: GraphEnd, _ record: [PackStreamValue]) -> GraphFinding? {
        guard let labels = record[1].list else { return nil }
        let key = Array(record[4..<4 + node.key.count])
        let names = mapping.properties.map(\.name)
        return GraphFinding(
            version: record[3], isStub: record[2] == .boolean(true), labels: labels, key: key,
            properties: Dictionary(zip(names, record[(4 + node.key.count)...])) { first, _ in first })
    }

    // MARK: Relationships

    private func relationships(_ type: String, _ start: GraphEnd, _ end: GraphEnd) -> String {
        let id = GraphStatements.relationshipID
        var columns = ["x.\(id)", "properties(x)", "labels(a)", "labels(b)"]
        columns += start.key.map { "a.\(Cypher.name($0.property))" } + end.key.map { "b.\(Cypher.name($0.property))" }
        return """
            MATCH (a)-[x:\(Cypher.name(type))]->(b) WHERE x.\(id) IN $ids
            RETURN \(columns.joined(separator: ", "))
            """
    }

    private func finding(
        _ start: GraphEnd, _ end: GraphEnd, _ properties: [String: PackStreamValue], _ record: [PackStreamValue]
    ) -> GraphFinding {
        let middle = 4 + start.key.count
        return GraphFinding(
            version: properties[GraphStatements.relationshipVersion] ?? .null, properties: properties,
            ends: [
                GraphFinding.End(labels: record[2].list ?? [], key: Array(record[4..<middle])),
                GraphFinding.End(labels: record[3].list ?? [], key: Array(record[middle...])),
            ])
    }
}

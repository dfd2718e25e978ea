internal import BoltCodec
internal import Connector
internal import Synchronization

extension Neo4jSink {
    /// Creates or verifies what nodes and relationships are found by.
    func prepare(_ mappings: [any RowMapping]) async throws {
        self.mappings.withLock { known in
            for mapping in mappings.compactMap({ $0 as? Neo4jMapping }) { known[mapping.request.name] = mapping }
        }
        guard options.constraints != .off else { return }
        var nodes: Set<GraphEnd> = []
        var types: Set<String> = []
        for mapping in mappings.compactMap({ $0 as? Neo4jMapping }) {
            for node in Self.nodes(of: mapping) { nodes.insert(node.withoutColumns) }
            if case .relationship(let type, _, _, _) = mapping.form { types.insert(type) }
        }
        if options.constraints == .verify {
            let missing = try await missingConstraints(nodes)
            if let first = missing.first {
                throw MillraceError(
                    .sinkRejected,
                    "there is no uniqueness constraint on \(first); create it, or set constraints: create")
            }
            return
        }
        for node in nodes.sorted(by: { $0.label < $1.label }) {
            try await change(
                "CREATE CONSTRAINT IF NOT EXISTS FOR (n:\(Cypher.name(node.label))) REQUIRE \(node.terms) IS UNIQUE")
        }
        for type in types.sorted() {
            try await change(
                "CREATE INDEX IF NOT EXISTS FOR ()-[x:\(Cypher.name(type))]-() ON (x.\(GraphStatements.relationshipID))"
            )
        }
    }

    /// The nodes that a mapping finds by their keys.
    static func nodes(of mapping: Neo4jMapping) -> [GraphEnd] {
        switch mapping.form {
        case .node(let node, _): [node]
        case .relationship(_, let start, let end, _): [start, end]
        case .statement: []
        }
    }

    /// The nodes whose key has no constraint, as `Label(property, …)`.
    func missingConstraints(_ nodes: Set<GraphEnd>) async throws -> [String] {
        let found = try await control.run(BoltStatement("SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties"))
        guard case .committed(let records) = found else {
            if case .refused(let failure) = found { throw Neo4jFailures.thrown(for: failure) }
            return []
        }
        let present = Set(
            records[0].compactMap { record -> [String]? in
                guard record.count == 3, let type = record[0].text, let labels = record[1].list,
                    let properties = record[2].list, type.contains("UNIQUE") || type.contains("KEY")
                else { return nil }
                return (labels + properties.sorted { ($0.text ?? "") < ($1.text ?? "") }).compactMap(\.text)
            })
        return nodes.filter { !present.contains([$0.label] + $0.key.map(\.property)) }
            .map { "\($0.label)(\($0.key.map(\.property).joined(separator: ", ")))" }.sorted()
    }

    private func change(_ statement: String) async throws {
        if case .refused(let failure) = try await control.run(BoltStatement(statement)) {
            throw Neo4jFailures.thrown(for: failure)
        }
    }
}

extension GraphEnd {
    /// The same node, whatever columns give its key.
    var withoutColumns: GraphEnd {
        GraphEnd(label: label, key: key.map { Part(property: $0.property, value: .absent) })
    }

    /// The properties of the key in a constraint.
    fileprivate var terms: String {
        let terms = key.map { "n.\(Cypher.name($0.property))" }.joined(separator: ", ")
        return key.count == 1 ? terms : "(\(terms))"
    }
}

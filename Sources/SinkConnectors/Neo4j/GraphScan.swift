internal import BoltCodec
internal import Change
internal import Connector

/// Finds what stands in the graph for a mapping, or the stubs that it is answerable for, in the order of what they are
/// found by.
struct GraphScan {
    private let mapping: Neo4jMapping
    /// The node whose stubs are looked for; nil for what rows are.
    private let stub: GraphEnd?
    /// What is read, and ordered by, before the version.
    private let order: [String]
    private let pattern: String
    private let version: String
    private let condition: String

    init(_ mapping: Neo4jMapping) {
        self.mapping = mapping
        stub = nil
        switch mapping.form {
        case .node(let node, _):
            pattern = "(n:\(Cypher.name(node.label)))"
            order = node.key.map { "n.\(Cypher.name($0.property))" }
            version = "n.\(Cypher.name(GraphStatements.version(mapping.tag)))"
            condition = "\(version) IS NOT NULL"
        case .relationship(let type, _, _, _):
            pattern = "()-[n:\(Cypher.name(type))]->()"
            order = ["n.\(GraphStatements.relationshipID)"]
            version = "n.\(GraphStatements.relationshipVersion)"
            condition = "n.\(GraphStatements.relationshipID) STARTS WITH $prefix"
        case .statement:
            preconditionFailure("what a user's statement makes is never scanned")
        }
    }

    /// Finds the stubs of a node that no relationship holds any more: nothing needs them.
    init(stubsOf node: GraphEnd, _ mapping: Neo4jMapping) {
        self.mapping = mapping
        stub = node
        pattern = "(n:\(Cypher.name(node.label)))"
        order = node.key.map { "n.\(Cypher.name($0.property))" }
        version = "0"
        condition = GraphStatements.isLooseStub(node)
    }

    /// The statement for the page after a place; the first where there is none.
    func page(after last: [PackStreamValue], count: Int64) -> BoltStatement {
        var parameters: [String: PackStreamValue] = [
            "prefix": .text("\(mapping.tag):"), "limit": .integer(count),
        ]
        var terms = [condition]
        if !last.isEmpty {
            for (number, value) in last.enumerated() { parameters["l\(number)"] = value }
            terms.append("(\(order.indices.map { Self.after(order, at: $0) }.joined(separator: " OR ")))")
        }
        let keys = order.joined(separator: ", ")
        return BoltStatement(
            "MATCH \(pattern) WHERE \(terms.joined(separator: " AND ")) RETURN \(keys), \(version) ORDER BY \(keys) LIMIT $limit",
            parameters)
    }

    /// Equal in the parts before, and greater in this one.
    private static func after(_ order: [String], at index: Int) -> String {
        let equal = order[..<index].enumerated().map { "\($1) = $l\($0)" }
        return "(\((equal + ["\(order[index]) > $l\(index)"]).joined(separator: " AND ")))"
    }

    /// What a record is found by.
    func place(_ record: [PackStreamValue]) -> [PackStreamValue] { Array(record.prefix(order.count)) }

    /// The entry of a record.
    func entry(_ record: [PackStreamValue]) throws -> SinkEntry {
        guard record.count == order.count + 1 else {
            throw MillraceError(.sinkUnavailable, "the answer to a scan cannot be read", place: mapping.place)
        }
        let version = record.last?.integer ?? 0
        let packed = place(record).map { value in
            var writer = PackStreamWriter()
            writer.append(value)
            return writer.bytes
        }
        if let stub {
            let key = try id(record).flatMap { mapping.key(ofID: $0) } ?? Self.name(of: stub, place(record))
            return SinkEntry(
                key: key, version: Version(rawValue: version), place: [[], Array(stub.label.utf8)] + packed)
        }
        if case .node(let node, _) = mapping.form, try id(record) == nil {
            // No row can have made it; deleting it leaves a name that is no row's either.
            let name = Self.name(of: node, place(record))
            return SinkEntry(
                key: name, version: Version(rawValue: version), place: [Array("\(mapping.tag):".utf8) + name] + packed)
        }
        guard let id = try id(record), let key = mapping.key(ofID: id) else {
            throw MillraceError(.sinkUnavailable, "the answer to a scan cannot be read", place: mapping.place)
        }
        return SinkEntry(key: key, version: Version(rawValue: version), place: [Array(id.utf8)] + packed)
    }

    /// A node of which no row tells the key.
    private static func name(of node: GraphEnd, _ key: [PackStreamValue]) -> [UInt8] {
        let parts = key.map { $0.text ?? String(decoding: GraphText.bytes(of: $0) ?? [], as: UTF8.self) }
        return Array("\(node.label) \(parts.joined(separator: " "))".utf8)
    }

    /// What names the row that a node or relationship is of; nil for a node that is of none, by the type of its key or
    /// because the mapping writes no nodes.
    private func id(_ record: [PackStreamValue]) throws -> String? {
        guard case .node(let node, _) = mapping.form else { return stub == nil ? record[0].text : nil }
        var id = "\(mapping.tag):"
        for column in mapping.rowColumns {
            guard let part = node.key.firstIndex(where: { $0.column == column }) else { continue }
            let text: String
            switch record[part] {
            case .text(let value): text = value
            case .integer(let number): text = "\(number)"
            default:
                // Only the value of a document tells its type.
                guard mapping.request.schema.types[column] == .bson else { return nil }
                throw MillraceError(
                    .sinkRejected, "a node's key has a type by which it cannot be told which row it is",
                    place: mapping.place)
            }
            id += "\(text.utf8.count):\(text)"
        }
        return id
    }

    /// Whether an entry is a stub, and of which label.
    static func label(ofStub entry: SinkEntry) -> String? {
        guard entry.place.count > 1, entry.place[0].isEmpty else { return nil }
        return String(decoding: entry.place[1], as: UTF8.self)
    }

    /// Deletes stubs of one label, those that no relationship holds by then either.
    static func deletion(ofStubs entries: [SinkEntry], label: String, _ mapping: Neo4jMapping) throws -> BoltStatement {
        guard let node = Neo4jSink.nodes(of: mapping).first(where: { $0.label == label }) else {
            throw MillraceError(.invariant, "an entry that no scan of this sink has found")
        }
        var rows: [PackStreamValue] = []
        for entry in entries {
            var row: [String: PackStreamValue] = ["i": .integer(Int64(rows.count))]
            for (part, bytes) in entry.place.dropFirst(2).enumerated() {
                row["k\(part)"] = try PackStreamReader.value(bytes.span)
            }
            rows.append(.map(row))
        }
        let text = """
            UNWIND $rows AS r
            MATCH \(node.pattern("n", parameters: "k")) WHERE \(GraphStatements.isLooseStub(node))
            WITH n, r.i AS i
            DELETE n
            RETURN i
            """
        return BoltStatement(text, ["rows": .list(rows)])
    }

    /// What the statement takes that deletes entries; see ``GraphStatements``.
    static func parameters(
        deleting entries: some Collection<SinkEntry>, of mapping: Neo4jMapping, upTo version: Version
    ) throws -> PackStreamWriter {
        let rows = try entries.enumerated().map { number, entry in
            let (id, value) = try row(entry, number: number, mapping, version)
            var writer = PackStreamWriter()
            writer.append(value)
            return (id: id, row: writer)
        }
        return GraphParameters.packed(rows, of: mapping.form, now: GraphLedger.now())
    }

    private static func row(
        _ entry: SinkEntry, number: Int, _ mapping: Neo4jMapping, _ version: Version
    ) throws -> (id: [UInt8], row: PackStreamValue) {
        guard let id = entry.place.first else {
            throw MillraceError(.invariant, "an entry that no scan of this sink has found")
        }
        var row: [String: PackStreamValue] = [
            "i": .integer(Int64(number)), "v": .integer(version.rawValue),
            "t": .text(String(decoding: id, as: UTF8.self)),
            "p": .map(Dictionary(mapping.properties.map { ($0.name, .null) }) { first, _ in first }),
        ]
        for (part, bytes) in entry.place.dropFirst().enumerated() {
            row["k\(part)"] = try PackStreamReader.value(bytes.span)
        }
        return (id, .map(row))
    }
}

internal import BoltCodec
internal import Change
internal import Connector

/// Finds what stands in the graph for a mapping, in the order of what it is found by.
struct GraphScan {
    private let mapping: Neo4jMapping
    /// What is read, and ordered by, before the version.
    private let order: [String]
    private let pattern: String
    private let version: String
    private let condition: String

    init(_ mapping: Neo4jMapping) {
        self.mapping = mapping
        switch mapping.form {
        case .node(let node, _):
            pattern = "(n:\(Cypher.name(node.label)))"
            order = node.key.map { "n.\(Cypher.name($0.property))" }
            version = "n.\(Cypher.name(GraphStatements.version(mapping.tag)))"
            condition = "\(version) IS NOT NULL"
        case .relationship(let type, _, _):
            pattern = "()-[n:\(Cypher.name(type))]->()"
            order = ["n.\(GraphStatements.relationshipID)"]
            version = "n.\(GraphStatements.relationshipVersion)"
            condition = "n.\(GraphStatements.relationshipID) STARTS WITH $prefix"
        case .statement:
            preconditionFailure("what a user's statement makes is never scanned")
        }
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
        guard record.count == order.count + 1, let version = record.last?.integer else {
            throw MillraceError(.sinkUnavailable, "the answer to a scan cannot be read", place: mapping.place)
        }
        let id = try id(record)
        guard let key = mapping.key(ofID: id) else {
            throw MillraceError(.sinkUnavailable, "the answer to a scan cannot be read", place: mapping.place)
        }
        let packed = place(record).map { value in
            var writer = PackStreamWriter()
            writer.append(value)
            return writer.bytes
        }
        return SinkEntry(key: key, version: Version(rawValue: version), place: [Array(id.utf8)] + packed)
    }

    private func id(_ record: [PackStreamValue]) throws -> String {
        guard case .node(let node, _) = mapping.form else { return record[0].text ?? "" }
        var id = "\(mapping.tag):"
        for column in mapping.rowColumns {
            guard let part = node.key.firstIndex(where: { $0.column == column }) else { continue }
            let text: String
            switch record[part] {
            case .text(let value): text = value
            case .integer(let number): text = "\(number)"
            default:
                throw MillraceError(
                    .sinkRejected, "a node's key has a type by which it cannot be told which row it is",
                    place: mapping.place)
            }
            id += "\(text.utf8.count):\(text)"
        }
        return id
    }

    /// What the statement takes that deletes entries; see ``GraphStatements``.
    static func parameters(
        deleting entries: some Sequence<SinkEntry>, of mapping: Neo4jMapping, upTo version: Version
    ) throws -> [String: PackStreamValue] {
        var rows: [(id: String, row: PackStreamValue)] = []
        for entry in entries { rows.append(try row(entry, number: rows.count, mapping, version)) }
        var parameters: [String: PackStreamValue] = ["now": .integer(GraphLedger.now())]
        if case .relationship = mapping.form {
            parameters["ids"] = .list(rows.map { .text($0.id) })
            parameters["rows"] = .map(Dictionary(rows.map { ($0.id, $0.row) }) { first, _ in first })
        } else {
            parameters["rows"] = .list(rows.map(\.row))
        }
        return parameters
    }

    private static func row(
        _ entry: SinkEntry, number: Int, _ mapping: Neo4jMapping, _ version: Version
    ) throws -> (id: String, row: PackStreamValue) {
        guard let place = entry.place.first else {
            throw MillraceError(.invariant, "an entry that no scan of this sink has found")
        }
        let id = String(decoding: place, as: UTF8.self)
        var row: [String: PackStreamValue] = [
            "i": .integer(Int64(number)), "v": .integer(version.rawValue), "t": .text(id),
            "p": .map(Dictionary(mapping.properties.map { ($0.name, .null) }) { first, _ in first }),
        ]
        for (part, bytes) in entry.place.dropFirst().enumerated() {
            row["k\(part)"] = try PackStreamReader.value(bytes.span)
        }
        return (id, .map(row))
    }
}

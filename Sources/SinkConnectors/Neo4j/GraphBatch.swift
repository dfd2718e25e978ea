internal import BoltCodec
internal import Change
internal import Connector
internal import Wire

/// The rows of one statement: of one mapping, and all upserts or all deletes.
struct GraphGroup: Sendable {
    var mapping: Neo4jMapping
    var isDelete: Bool
    /// Each with its write's place in the batch.
    private(set) var rows: [(index: Int, row: GraphRow)] = []

    init(mapping: Neo4jMapping, isDelete: Bool) {
        self.mapping = mapping
        self.isDelete = isDelete
    }

    var indices: [Int] { rows.map(\.index) }

    mutating func append(_ row: GraphRow, index: Int) {
        rows.append((index, row))
    }

    mutating func sort() {
        rows.sort { $0.row.order.lexicographicallyPrecedes($1.row.order) }
    }

    func parameters(now: Int64) -> PackStreamWriter { parameters(of: rows.map(\.row), now: now) }

    func parameters(of rows: [GraphRow], now: Int64) -> PackStreamWriter {
        GraphParameters.packed(rows.map { ($0.id, $0.writer) }, of: mapping.form, now: now)
    }
}

/// A run of writes of different keys, as the rows of statements.
struct GraphBatch {
    /// What becomes of the writes that nobody needs to be asked about.
    private(set) var settled: [(index: Int, result: ItemResult)] = []
    private(set) var nodes: [GraphGroup] = []
    private(set) var relationships: [GraphGroup] = []
    private(set) var statements: [GraphGroup] = []

    init(_ writes: [SinkWrite], _ range: Range<Int>, countsInUTC: Bool) {
        var groups: [GroupKey: GraphGroup] = [:]
        for index in range {
            let write = writes[index]
            guard let mapping = write.mapping as? Neo4jMapping else {
                let error = MillraceError(.invariant, "a write came with the mapping of another sink")
                settled.append((index, .stop(error)))
                continue
            }
            do throws(GraphProblem) {
                let row = try GraphRow(write, mapping, number: index, countsInUTC: countsInUTC)
                let key = GroupKey(mapping: ObjectIdentifier(mapping), isDelete: row.isDelete)
                groups[key, default: GraphGroup(mapping: mapping, isDelete: row.isDelete)]
                    .append(row, index: index)
            } catch {
                settled.append((index, error.result(mapping)))
            }
        }
        let sorted = groups.values.map { group in
            var group = group
            group.sort()
            return group
        }.sorted { ($0.mapping.request.name, $0.isDelete ? 1 : 0) < ($1.mapping.request.name, $1.isDelete ? 1 : 0) }
        for group in sorted {
            switch group.mapping.form {
            case .node: nodes.append(group)
            case .relationship: relationships.append(group)
            case .statement: statements.append(group)
            }
        }
    }

    private struct GroupKey: Hashable {
        var mapping: ObjectIdentifier
        var isDelete: Bool
    }
}

/// One row as a statement's parameter.
struct GraphRow {
    /// A row without a relationship has those deleted that it had.
    let isDelete: Bool
    /// Names the row in what Millrace keeps of it.
    let id: [UInt8]
    /// What rows are sorted by, so that locks are taken in one order.
    let order: [UInt8]
    let writer: PackStreamWriter

    init(_ write: SinkWrite, _ mapping: Neo4jMapping, number: Int, countsInUTC: Bool) throws(GraphProblem) {
        let row = write.row
        let encoding = PropertyEncoding(
            decimals: mapping.options.decimals, unfit: mapping.options.unfit, countsInUTC: countsInUTC)
        var id: [UInt8] = []
        do throws(KeyError) { try mapping.appendID(of: row, to: &id) } catch { throw .key(error) }
        var writer = PackStreamWriter(reserving: row.byteCount + 200)
        var order = id
        var isDelete = write.action == .delete
        switch mapping.form {
        case .node(let node, _):
            writer.beginMap(4 + node.key.count)
            try Self.append(node, "k", row, encoding, &writer)
            writer.append("p")
            if isDelete {
                Self.appendNulls(mapping, &writer)
            } else {
                writer.beginMap(mapping.properties.count)
                try Self.append(mapping, row, encoding, &writer)
            }
        case .relationship(_, let start, let end, let each):
            var maps: [PackStreamWriter] = []
            if !isDelete {
                let relationships = try GraphRelationships(
                    write, mapping, [("a", start), ("b", end)], each: each, id: id, encoding)
                maps = relationships.maps
                order = relationships.order + id
            }
            isDelete = maps.isEmpty
            writer.beginMap(isDelete ? 3 : 4)
            if !isDelete {
                writer.append("e")
                writer.beginList(maps.count)
                for map in maps { writer.append(map) }
            }
        case .statement:
            // Deletes are rows of the one statement too.
            isDelete = false
            try Self.appendStatementRow(write, mapping, encoding, &writer)
        }
        writer.append("i")
        writer.append(Int64(number))
        writer.append("v")
        writer.append(write.version.rawValue)
        writer.append("t")
        writer.append(text: id.span)
        self.isDelete = isDelete
        self.id = id
        self.order = order
        self.writer = writer
    }

    private static func append(
        _ end: GraphEnd, _ parameters: String, _ row: Row, _ encoding: PropertyEncoding,
        _ writer: inout PackStreamWriter
    ) throws(GraphProblem) {
        for (number, part) in end.key.enumerated() {
            writer.append("\(parameters)\(number)")
            guard try part.value.append(of: row, element: nil, encoding, to: &writer) else {
                throw .unknown(column: part.property)
            }
        }
    }

    /// Appends a name and a value for each property, null for what the row does not have.
    static func append(
        _ mapping: Neo4jMapping, _ row: Row, _ encoding: PropertyEncoding, _ writer: inout PackStreamWriter
    ) throws(GraphProblem) {
        for property in mapping.properties {
            writer.append(property.name)
            switch row.state(property.column) {
            case .null, .missing: writer.appendNull()
            case .unchanged: throw .unknown(column: property.name)
            case .value:
                try encoding.append(
                    row.bytes(property.column), of: row.schema.types[property.column], column: property.name,
                    to: &writer)
            }
        }
    }

    private static func appendNulls(_ mapping: Neo4jMapping, _ writer: inout PackStreamWriter) {
        writer.beginMap(mapping.properties.count)
        for property in mapping.properties {
            writer.append(property.name)
            writer.appendNull()
        }
    }

    /// What a statement of the user's is given, and the ledger beside it.
    private static func appendStatementRow(
        _ write: SinkWrite, _ mapping: Neo4jMapping, _ encoding: PropertyEncoding, _ writer: inout PackStreamWriter
    ) throws(GraphProblem) {
        let isDelete = write.action == .delete
        let row = write.row
        writer.beginMap(7)
        writer.append("key")
        writer.beginMap(mapping.rowColumns.count)
        for column in mapping.rowColumns {
            let name = row.schema.columns[column].name
            writer.append(name)
            try encoding.append(row.bytes(column), of: row.schema.types[column], column: name, to: &writer)
        }
        writer.append("row")
        if isDelete {
            writer.appendNull()
        } else {
            writer.beginMap(mapping.properties.count)
            try append(mapping, row, encoding, &writer)
        }
        writer.append("version")
        writer.append(write.version.rawValue)
        writer.append("deleted")
        writer.append(isDelete)
    }
}

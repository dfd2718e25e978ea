internal import BoltCodec
internal import Change
internal import Connector

/// The relationships of one row, as a statement is given them: one, one for each element of an array, or none.
///
/// Each is a map of the parts of both ends' keys and of `p`, its properties. One whose end is null is none, and two that
/// lead from one node to another are one.
struct GraphRelationships {
    private(set) var maps: [PackStreamWriter] = []
    /// The keys of the ends of the first.
    private(set) var order: [UInt8] = []

    init(
        _ write: SinkWrite, _ mapping: Neo4jMapping, _ ends: [(parameters: String, end: GraphEnd)], each: GraphEach?,
        id: [UInt8], _ encoding: PropertyEncoding
    ) throws(GraphProblem) {
        let row = write.row
        guard let each else {
            var keys = PackStreamWriter()
            guard try Self.append(ends, row, nil, encoding, &keys) else { return }
            try append(keys, ends, write, mapping, nil, nil, id, encoding)
            return
        }
        var seen: Set<[UInt8]> = []
        for element in try each.array.elements(of: row) {
            var keys = PackStreamWriter()
            guard try Self.append(ends, row, element, encoding, &keys), seen.insert(keys.bytes).inserted else {
                continue
            }
            try append(keys, ends, write, mapping, each, element, id, encoding)
        }
    }

    /// - Returns: false where an end has no value.
    private static func append(
        _ ends: [(parameters: String, end: GraphEnd)], _ row: Row, _ element: [UInt8]?, _ encoding: PropertyEncoding,
        _ writer: inout PackStreamWriter
    ) throws(GraphProblem) -> Bool {
        for (parameters, end) in ends {
            for (number, part) in end.key.enumerated() {
                writer.append("\(parameters)\(number)")
                guard try part.value.append(of: row, element: element, encoding, to: &writer) else { return false }
            }
        }
        return true
    }

    private mutating func append(
        _ keys: PackStreamWriter, _ ends: [(parameters: String, end: GraphEnd)], _ write: SinkWrite,
        _ mapping: Neo4jMapping, _ each: GraphEach?, _ element: [UInt8]?, _ id: [UInt8], _ encoding: PropertyEncoding
    ) throws(GraphProblem) {
        if maps.isEmpty { order = keys.bytes }
        var writer = PackStreamWriter(reserving: keys.bytes.count + write.row.byteCount + 200)
        writer.beginMap(ends.reduce(1) { $0 + $1.end.key.count })
        writer.append(keys)
        writer.append("p")
        let further = each?.properties ?? []
        writer.beginMap(mapping.properties.count + further.count + 2)
        try GraphRow.append(mapping, write.row, encoding, &writer)
        for property in further {
            writer.append(property.name)
            if try !property.value.append(of: write.row, element: element, encoding, to: &writer) {
                writer.appendNull()
            }
        }
        writer.append(GraphStatements.relationshipID)
        writer.append(text: id.span)
        writer.append(GraphStatements.relationshipVersion)
        writer.append(write.version.rawValue)
        maps.append(writer)
    }
}

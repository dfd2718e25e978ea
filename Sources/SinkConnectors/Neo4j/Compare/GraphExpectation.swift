internal import BoltCodec
internal import Change
internal import Connector

/// What a write would leave in the graph, taken from the row that the sink itself would send: there is no second mapping.
struct GraphExpectation {
    let mapping: Neo4jMapping
    /// Whether nothing should stand there: of a deleted row, and of a relationship one end of which is null.
    let isNothing: Bool
    /// The row, as a statement is given it.
    private let row: PackStreamValue

    init(_ write: SinkWrite, _ mapping: Neo4jMapping, countsInUTC: Bool) throws(GraphProblem) {
        let encoded = try GraphRow(write, mapping, number: 0, countsInUTC: countsInUTC)
        self.mapping = mapping
        isNothing = encoded.isDelete
        do throws(PackStreamError) {
            row = try PackStreamReader.value(encoded.writer.bytes.span)
        } catch {
            throw .malformed(column: mapping.place)
        }
    }

    /// What names the row in what Millrace keeps of it.
    var id: String { row["t"]?.text ?? "" }

    /// What the row is: a node, or relationships.
    var things: [Thing] { row["e"]?.list.map { $0.map(Thing.init) } ?? [Thing(map: row)] }

    /// One node or relationship, as the map that a statement is given of it.
    struct Thing {
        fileprivate let map: PackStreamValue

        /// The parts of the key of a node, which stand in the map under a name and their number.
        func key(_ parameters: String, of end: GraphEnd) -> [PackStreamValue] {
            end.key.indices.map { map["\(parameters)\($0)"] ?? .null }
        }

        /// What a property should be; null for one that should not be there.
        func property(_ name: String) -> PackStreamValue { map["p"]?[name] ?? .null }

        /// The names of its properties.
        var names: [String] {
            guard case .map(let properties)? = map["p"] else { return [] }
            return properties.keys.sorted()
        }
    }
}

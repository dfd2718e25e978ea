internal import BoltCodec
internal import Change
internal import Connector
internal import Wire

/// Where a part of a node's key, or a property of a relationship, is read from.
enum GraphValue: Sendable, Hashable {
    /// Index into the mapping's schema.
    case column(Int)
    /// What a path into a document leads to, and how it is spelled.
    case path(Int, BSONPath, String)
    /// What a path leads to from the element of an array that the relationship is made of.
    case element(BSONPath)
    /// A field that no document of this shape has.
    case absent

    /// The column that it reads, if any.
    var column: Int? {
        switch self {
        case .column(let column), .path(let column, _, _): column
        case .element, .absent: nil
        }
    }

    /// Writes the value as a property.
    ///
    /// - Parameter element: the element as a cell of a document, where there is one.
    /// - Returns: false where there is none, and nothing was written.
    func append(
        of row: Row, element: [UInt8]?, _ encoding: PropertyEncoding, to writer: inout PackStreamWriter
    ) throws(GraphProblem) -> Bool {
        switch self {
        case .column(let column):
            guard try Self.hasValue(row, column) else { return false }
            let name = row.schema.columns[column].name
            try encoding.append(row.bytes(column), of: row.schema.types[column], column: name, to: &writer)
            return true
        case .path(let column, let path, let name):
            guard try Self.hasValue(row, column) else { return false }
            return try Self.append(path, in: row.bytes(column), name, encoding, to: &writer)
        case .element(let path):
            guard let element else { return false }
            return try Self.append(path, in: element.span, GraphEach.element, encoding, to: &writer)
        case .absent: return false
        }
    }

    /// The elements of the array that it leads to, each as a cell; a value that is no array stands for itself.
    func elements(of row: Row) throws(GraphProblem) -> [[UInt8]] {
        guard let column, try Self.hasValue(row, column) else { return [] }
        let cell = row.bytes(column)
        do throws(WireError) {
            var place: BSONPlace? = try BSONPlace(element: cell)
            if case .path(_, let path, _) = self {
                place = try path.place(from: try BSONPlace(element: cell), in: cell)
            }
            guard let place else { return [] }
            let places = place.type == .array ? try place.elements(in: cell) : [place]
            return places.filter { $0.type != .null }.map { Self.cell($0, in: cell) }
        } catch {
            throw .malformed(column: row.schema.columns[column].name)
        }
    }

    private static func hasValue(_ row: Row, _ column: Int) throws(GraphProblem) -> Bool {
        switch row.state(column) {
        case .value: return true
        case .null, .missing: return false
        case .unchanged: throw .unknown(column: row.schema.columns[column].name)
        }
    }

    private static func append(
        _ path: BSONPath, in cell: Span<UInt8>, _ name: String, _ encoding: PropertyEncoding,
        to writer: inout PackStreamWriter
    ) throws(GraphProblem) -> Bool {
        let found: [UInt8]?
        do throws(WireError) {
            let place = try path.place(from: BSONPlace(element: cell), in: cell)
            if let place, place.type != .null { found = Self.cell(place, in: cell) } else { found = nil }
        } catch {
            throw .malformed(column: name)
        }
        guard let found else { return false }
        try encoding.append(found.span, of: .bson, column: name, to: &writer)
        return true
    }

    private static func cell(_ place: BSONPlace, in bytes: Span<UInt8>) -> [UInt8] {
        var cell: [UInt8] = []
        cell.append(bsonHead: place.type)
        cell.append(bytes.extracting(place.range))
        return cell
    }
}

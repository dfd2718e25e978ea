internal import Change
internal import Wire

/// A path into a document, with conditions on the elements of arrays.
///
/// A path without `[*]` and conditions leads to one value or nowhere, which reads as null. With them it stands for all
/// the values that it leads to, as an array, in their order; a place without the rest of the path adds nothing.
struct DocumentPath: Sendable {
    enum Step: Sendable {
        case field([UInt8])
        case index(Int)
        case all
        /// Evaluated on a row whose only cell is the element.
        case filter(Program)
    }

    let steps: [Step]
    /// Whether it can lead to several values.
    let isMany: Bool

    init(_ steps: [Step]) {
        self.steps = steps
        isMany = steps.contains { step in
            switch step {
            case .field, .index: false
            case .all, .filter: true
            }
        }
    }

    /// What it leads to from the document that another expression gives.
    func value(of operand: Program, _ row: Row) throws(EvaluationError) -> Scalar {
        if case .column(let cell) = operand {
            guard try cell.hasValue(row) else { return isMany ? .emptyArray : .null }
            let bytes = row.bytes(cell.column)
            do throws(WireError) {
                return try value(from: BSONPlace(element: bytes), in: bytes)
            } catch {
                throw .malformed(column: cell.name)
            }
        }
        guard case .bson(let document) = try operand.evaluate(row) else { return isMany ? .emptyArray : .null }
        let bytes = document.bytes.span
        do throws(WireError) {
            return try value(from: BSONPlace(value: BSONValue(type: document.type, bytes: bytes)), in: bytes)
        } catch {
            throw .malformed(column: "computed")
        }
    }

    /// Whether it leads to nothing at all.
    func isMissing(of operand: Program, _ row: Row) throws(EvaluationError) -> Bool {
        if case .column(let cell) = operand {
            guard try cell.hasValue(row) else { return true }
            return try places(in: row.bytes(cell.column), of: cell.name).isEmpty
        }
        guard case .bson(let document) = try operand.evaluate(row) else { return true }
        let bytes = document.bytes.span
        do throws(WireError) {
            let start = BSONPlace(value: try BSONValue(type: document.type, bytes: bytes))
            return try places(from: start, in: bytes).isEmpty
        } catch {
            throw .malformed(column: "computed")
        }
    }

    /// Appends what it leads to from a cell as an element without a name.
    ///
    /// - Returns: whether there was anything.
    func append(from cell: Span<UInt8>, of column: String, to bytes: inout [UInt8]) throws(EvaluationError) -> Bool {
        let places = try places(in: cell, of: column)
        if isMany {
            bytes.append(bsonHead: .array)
            Self.append(places, in: cell, to: &bytes)
            return true
        }
        guard let place = places.first else { return false }
        bytes.append(bsonHead: place.type)
        bytes.append(cell.extracting(place.range))
        return true
    }

    private func places(in cell: Span<UInt8>, of column: String) throws(EvaluationError) -> [BSONPlace] {
        do throws(WireError) {
            return try places(from: BSONPlace(element: cell), in: cell)
        } catch {
            throw .malformed(column: column)
        }
    }

    private func value(from start: BSONPlace, in bytes: Span<UInt8>) throws(WireError) -> Scalar {
        let places = try places(from: start, in: bytes)
        if isMany {
            var array: [UInt8] = []
            Self.append(places, in: bytes, to: &array)
            return .bson(BSONCopy(type: .array, bytes: array))
        }
        guard let place = places.first else { return .null }
        return try Scalar(place.value(in: bytes))
    }

    /// Appends an array of the values at these places.
    private static func append(_ places: [BSONPlace], in bytes: Span<UInt8>, to array: inout [UInt8]) {
        let start = array.beginBSON()
        for (index, place) in places.enumerated() {
            array.append(bsonHead: place.type, index: index)
            array.append(bytes.extracting(place.range))
        }
        array.endBSON(from: start)
    }

    private func places(from start: BSONPlace, in bytes: Span<UInt8>) throws(WireError) -> [BSONPlace] {
        var places = [start]
        for step in steps {
            var next: [BSONPlace] = []
            for place in places {
                switch step {
                case .field(let name): if let found = try place.field(name.span, in: bytes) { next.append(found) }
                case .index(let index): if let found = try place.element(index, in: bytes) { next.append(found) }
                case .all: next += try place.elements(in: bytes)
                case .filter(let condition):
                    for element in try place.elements(in: bytes) {
                        if try Self.holds(condition, element, in: bytes) { next.append(element) }
                    }
                }
            }
            if next.isEmpty { return [] }
            places = next
        }
        return places
    }

    /// Whether a condition holds for an element. A condition that has no result holds for none.
    private static func holds(_ condition: Program, _ element: BSONPlace, in bytes: Span<UInt8>) throws(WireError)
        -> Bool
    {
        var cell: [UInt8] = []
        cell.append(bsonHead: element.type)
        cell.append(bytes.extracting(element.range))
        let slot = element.type == .null ? CellSlot.null : CellSlot(offset: 0, length: cell.count)
        let row = Row(schema: elementSchema, bytes: cell, slots: [slot], firstSlot: 0)
        do throws(EvaluationError) {
            return try condition.evaluate(row).truth ?? false
        } catch {
            throw .malformed("condition: \(error.reason)")
        }
    }

    /// The shape of the row that a condition on an element is evaluated on.
    static let elementSchema = TableSchema(
        id: 0, table: TableName(namespace: "", name: "element"),
        columns: [Column(name: "this", type: .bson, sourceType: "element", isIdentity: false)], identity: .nothing,
        primaryKey: [], isOpen: true)
}

extension Scalar {
    static var emptyArray: Scalar { .bson(BSONCopy(type: .array, bytes: [5, 0, 0, 0, 0])) }
}

extension Program {
    /// Whether the expression names a field that the document does not have.
    func isMissing(_ row: Row) throws(EvaluationError) -> Bool {
        switch self {
        case .absent: return true
        case .column(let cell):
            guard row.state(cell.column) != .unchanged else { throw .unchanged(column: cell.name) }
            return row.state(cell.column) == .missing
        case .path(let operand, let path): return try path.isMissing(of: operand, row)
        default: return false
        }
    }
}

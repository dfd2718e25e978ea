internal import Change
internal import Wire

/// Reads the cells of one column as values. A class, so that a condition hands it on for the price of one reference.
final class CellReader: Sendable {
    let column: Int
    let name: String
    let type: ValueType
    /// Whether the type pads its texts with blanks that mean nothing: PostgreSQL's `character(n)`.
    let isPadded: Bool

    init(_ column: Int, of schema: TableSchema) {
        let found = schema.columns[column]
        self.column = column
        name = found.name
        type = ValueType(found.type)
        isPadded = found.sourceType.hasPrefix("character(") || found.sourceType.hasPrefix("bpchar")
    }

    /// The value of the row's cell.
    func read(_ row: Row) throws(EvaluationError) -> Scalar {
        switch row.state(column) {
        case .null, .missing: return .null
        case .unchanged: throw .unchanged(column: name)
        case .value: break
        }
        if type == .dynamic {
            do {
                return try Scalar(element: row.bytes(column))
            } catch {
                throw .malformed(column: name)
            }
        }
        if type.isHeldAsText { return .text(ExpressionText.bytes(significant(row.bytes(column)))) }
        guard let value = ExpressionText.read(row.bytes(column), as: type) else { throw .malformed(column: name) }
        return value
    }

    /// The bytes without padding.
    @_lifetime(copy bytes)
    func significant(_ bytes: Span<UInt8>) -> Span<UInt8> {
        guard isPadded else { return bytes }
        var end = bytes.count
        while end > 0, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return bytes.extracting(0..<end)
    }
}

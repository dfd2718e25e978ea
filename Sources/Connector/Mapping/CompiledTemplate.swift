public import Change

/// A template bound to rows of one shape.
public struct CompiledTemplate: Sendable {
    enum Part: Sendable {
        case literal([UInt8])
        case column(Int)
    }

    let parts: [Part]

    /// The columns that it reads.
    public var columns: [Int] {
        parts.compactMap { if case .column(let index) = $0 { index } else { nil } }
    }

    /// Whether the text is the same for every row.
    public var isConstant: Bool { columns.isEmpty }

    /// Appends the text for a row; cells as ``Change/DataType/appendKeyText(of:to:)`` has them.
    public func append(_ row: Row, to text: inout [UInt8]) throws(KeyError) {
        for part in parts {
            switch part {
            case .literal(let bytes): text.append(contentsOf: bytes)
            case .column(let column):
                guard row.state(column) == .value else { throw .missing(column: row.schema.columns[column].name) }
                do {
                    try row.appendKeyText(column, to: &text)
                } catch {
                    throw .malformed(column: row.schema.columns[column].name)
                }
            }
        }
    }
}

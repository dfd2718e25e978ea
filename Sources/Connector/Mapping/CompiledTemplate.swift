public import Change
internal import Wire

/// A template bound to rows of one shape.
public struct CompiledTemplate: Sendable {
    enum Part: Sendable {
        case literal([UInt8])
        case column(Int)
        /// What a path into a column leads to, and how it is spelled.
        case path(Int, BSONPath, String)
        /// A field that no document of this shape has.
        case absent(String)
    }

    let parts: [Part]

    /// The columns that it reads.
    public var columns: [Int] {
        parts.compactMap { part in
            switch part {
            case .column(let index), .path(let index, _, _): index
            case .literal, .absent: nil
            }
        }
    }

    /// What it reads, each once and in the order of the columns: what rows are looked up by that have its text.
    public var lookupParts: [LookupRequest.Part] {
        let parts = parts.compactMap { part -> LookupRequest.Part? in
            switch part {
            case .column(let index): LookupRequest.Part(column: index)
            case .path(let index, let path, _): LookupRequest.Part(column: index, path: path)
            case .literal, .absent: nil
            }
        }
        var seen: Set<LookupRequest.Part> = []
        return parts.filter { seen.insert($0).inserted }.sorted { $0.column < $1.column }
    }

    /// The fields that it reads and no document has shown yet.
    public var unseen: [String] {
        parts.compactMap { if case .absent(let name) = $0 { name } else { nil } }
    }

    /// Whether the text is the same for every row.
    public var isConstant: Bool {
        parts.allSatisfy { if case .literal = $0 { true } else { false } }
    }

    /// Appends the text for a row; cells as ``Change/DataType/appendKeyText(of:to:)`` has them.
    public func append(_ row: Row, to text: inout [UInt8]) throws(KeyError) {
        for part in parts {
            switch part {
            case .literal(let bytes): text.append(contentsOf: bytes)
            case .absent(let name): throw .missing(column: name)
            case .path(let column, let path, let name):
                guard row.state(column) == .value else {
                    throw row.state(column) == .unchanged ? .unknown(column: name) : .missing(column: name)
                }
                try Self.append(path, name, in: row.bytes(column), to: &text)
            case .column(let column):
                guard row.state(column) == .value else {
                    let name = row.schema.columns[column].name
                    throw row.state(column) == .unchanged ? .unknown(column: name) : .missing(column: name)
                }
                do {
                    try row.appendKeyText(column, to: &text)
                } catch {
                    throw .malformed(column: row.schema.columns[column].name)
                }
            }
        }
    }

    private static func append(
        _ path: BSONPath, _ name: String, in cell: Span<UInt8>, to text: inout [UInt8]
    ) throws(KeyError) {
        var isFound = false
        do throws(WireError) {
            if let place = try path.place(from: BSONPlace(element: cell), in: cell), place.type != .null {
                try text.append(bsonKeyText: place.value(in: cell))
                isFound = true
            }
        } catch {
            throw .malformed(column: name)
        }
        guard isFound else { throw .missing(column: name) }
    }
}

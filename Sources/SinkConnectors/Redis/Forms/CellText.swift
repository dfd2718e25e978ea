internal import Change
internal import RedisCodec
internal import Wire

/// How a column's cells become the bytes of a field, a member or a text.
struct CellText: Sendable {
    /// What becomes of binary cells.
    enum Bytes: String, CaseIterable {
        /// The bytes themselves.
        case raw
        case base64
        case hex
    }

    private enum Way {
        /// The cell's own bytes are the text.
        case asIs
        /// The type's plain text.
        case text
        /// The bytes that a hexadecimal cell stands for.
        case raw
        /// The cell's digits without their prefix.
        case hex
        /// The plain text of a document's value; of a binary one the bytes as they are, or their digits.
        case documentRaw
        case documentHex
    }

    let column: Int
    private let way: Way

    init(column: Int, of schema: TableSchema, bytes: Bytes) {
        self.column = column
        way =
            switch schema.columns[column].type {
            case .int16, .int32, .int64, .uint32, .uint64, .float32, .float64, .decimal, .text, .uuid, .json, .bits,
                .network, .enumeration, .other:
                .asIs
            case .bytes:
                switch bytes {
                case .raw: .raw
                case .base64: .text
                case .hex: .hex
                }
            case .boolean, .money, .date, .time, .timeWithZone, .timestamp, .timestampWithZone, .interval, .array,
                .composite, .range, .multirange:
                .text
            case .bson:
                switch bytes {
                case .raw: .documentRaw
                case .base64: .text
                case .hex: .documentHex
                }
            }
    }

    /// Appends the text of a cell that has a value as one argument; `scratch` is overwritten.
    func append(
        _ row: borrowing Row, to commands: inout RedisCommands, scratch: inout [UInt8]
    ) throws(RedisRowProblem) {
        switch way {
        case .asIs:
            let cell = row.bytes(column)
            guard cell.count <= RedisLimits.argumentBytesMax else { throw .tooLarge }
            commands.append(argument: cell)
            return
        case .text:
            scratch.removeAll(keepingCapacity: true)
            do {
                try row.appendText(column, to: &scratch)
            } catch {
                throw malformed(row)
            }
        case .documentRaw, .documentHex:
            scratch.removeAll(keepingCapacity: true)
            do {
                let value = try BSONElement(row.bytes(column)).value
                try Self.append(value, bytes: way == .documentRaw ? .raw : .hex, to: &scratch)
            } catch {
                throw malformed(row)
            }
        case .raw:
            scratch.removeAll(keepingCapacity: true)
            let cell = try digits(of: row)
            for index in stride(from: 2, to: cell.count, by: 2) {
                guard let high = Hex.value(of: cell[index]), let low = Hex.value(of: cell[index + 1]) else {
                    throw malformed(row)
                }
                scratch.append(high << 4 | low)
            }
        case .hex:
            scratch.removeAll(keepingCapacity: true)
            let cell = try digits(of: row)
            scratch.append(cell.extracting(2..<cell.count))
        }
        guard scratch.count <= RedisLimits.argumentBytesMax else { throw .tooLarge }
        commands.append(argument: scratch.span)
    }

    /// Appends the plain text of a document's value.
    static func append(
        _ value: borrowing BSONValue, bytes: Bytes, to text: inout [UInt8]
    ) throws(WireError) {
        guard value.type == .binary, !value.isUUID, bytes != .base64 else { return try text.append(bsonText: value) }
        if bytes == .raw { text.append(value.binary) } else { text.append(hex: value.binary) }
    }

    /// A binary cell: `\x` and pairs of digits.
    @_lifetime(borrow row)
    private func digits(of row: borrowing Row) throws(RedisRowProblem) -> Span<UInt8> {
        let cell = row.bytes(column)
        guard cell.count >= 2, cell.count.isMultiple(of: 2), cell[0] == UInt8(ascii: "\\"),
            cell[1] == UInt8(ascii: "x")
        else { throw malformed(row) }
        return cell
    }

    private func malformed(_ row: borrowing Row) -> RedisRowProblem {
        .malformed(column: row.schema.columns[column].name)
    }
}

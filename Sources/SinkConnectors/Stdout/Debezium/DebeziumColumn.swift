internal import Change
internal import Wire

/// A column as a member of an object in Debezium's form.
struct DebeziumField {
    /// The name with its quotes and colon.
    let prefix: [UInt8]
    let column: Int
    let encoding: DebeziumColumn

    init(_ field: JSONField, _ column: Column) {
        prefix = field.prefix
        self.column = field.column
        encoding = DebeziumColumn(column)
    }
}

/// A column as Debezium's PostgreSQL connector would encode it, schemas off, `decimal.handling.mode=string`:
///
/// - `date` is days, `time` microseconds, `timestamp` milliseconds where the column has at most three digits of a
///   second and microseconds otherwise, `timestamptz` and `timetz` ISO 8601 text. The ends of time are Debezium's two
///   numbers for `timestamp`, and `"infinity"` and `"-infinity"` for the others.
/// - `interval` is microseconds, a month counting 365.25/12 days, as `interval.handling.mode=numeric` has it.
/// - `bytea` is base64. `bit(1)` is a boolean, other bit strings are base64 of their bytes, least significant first.
/// - JSON, ranges, composites and whatever else has no type in JSON is the source's text as a string.
/// - An unchanged cell is `__debezium_unavailable_value`, of bytes as base64, of arrays as their only element.
struct DebeziumColumn {
    private let type: DataType
    private let hasMilliseconds: Bool
    private let isSingleBit: Bool

    init(_ column: Column) {
        type = column.type
        let source = column.sourceType
        hasMilliseconds = (0...3).contains { source.hasPrefix("timestamp(\($0))") }
        isSingleBit = source == "bit" || source == "bit(1)" || source == "bit[]" || source == "bit(1)[]"
    }

    func append(_ cell: Span<UInt8>, to line: inout [UInt8]) throws(WireError) {
        try append(cell, as: type, to: &line)
    }

    func appendUnavailable(to line: inout [UInt8]) {
        switch type {
        case .bytes: line.append(literal: #""X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==""#)
        case .array: line.append(literal: #"["__debezium_unavailable_value"]"#)
        default: line.append(literal: #""__debezium_unavailable_value""#)
        }
    }

    private func append(_ cell: Span<UInt8>, as type: DataType, to line: inout [UInt8]) throws(WireError) {
        switch type {
        case .boolean, .int16, .int32, .int64, .uint32, .uint64, .float32, .float64, .decimal, .money, .text, .bytes,
            .uuid, .enumeration, .network, .other, .timestampWithZone, .timeWithZone:
            try type.appendJSON(of: cell, to: &line)
        case .bson: try line.append(bson: BSONElement(cell).value, as: .canonical)
        case .json, .composite, .range, .multirange: try DataType.other.appendJSON(of: cell, to: &line)
        case .date: try append(DateTimeText.date(cell), per: 1, ends: nil, to: &line)
        case .time: line.append(decimal: try DateTimeText.time(cell))
        case .timestamp:
            let moment = try DateTimeText.timestamp(cell, hasZone: false)
            append(moment, per: hasMilliseconds ? 1000 : 1, ends: Self.timestampEnds, to: &line)
        case .interval: line.append(decimal: Self.microseconds(try Interval(iso8601: cell)))
        case .bits: try appendBits(cell, to: &line)
        case .array(let element): try appendArray(cell, of: element, to: &line)
        }
    }

    private static let timestampEnds: (Int64, Int64) = (-9_223_372_036_832_400_000, 9_223_372_036_825_200_000)

    private func append(_ point: TimePoint, per unit: Int128, ends: (Int64, Int64)?, to line: inout [UInt8]) {
        switch (point, ends) {
        case (.at(let number), _): line.append(decimal: (number - (number % unit + unit) % unit) / unit)
        case (.negativeInfinity, let ends?): line.append(decimal: ends.0)
        case (.infinity, let ends?): line.append(decimal: ends.1)
        case (.negativeInfinity, nil): line.append(literal: #""-infinity""#)
        case (.infinity, nil): line.append(literal: #""infinity""#)
        }
    }

    /// A twelfth of 365.25 days is a whole number of microseconds.
    private static func microseconds(_ interval: Interval) -> Int128 {
        Int128(interval.months) * 2_629_800_000_000 + Int128(interval.days) * 86_400_000_000
            + Int128(interval.microseconds)
    }

    private func appendBits(_ cell: Span<UInt8>, to line: inout [UInt8]) throws(WireError) {
        var bytes = [UInt8](repeating: 0, count: (cell.count + 7) / 8)
        for index in cell.indices {
            guard cell[index] & 0xfe == UInt8(ascii: "0") else { throw .malformed("bit string") }
            let place = cell.count - 1 - index
            bytes[place / 8] |= (cell[index] & 1) << UInt8(place % 8)
        }
        if isSingleBit {
            line.append(literal: bytes == [1] ? "true" : "false")
        } else {
            line.append(UInt8(ascii: "\""))
            line.append(base64: bytes.span)
            line.append(UInt8(ascii: "\""))
        }
    }

    private func appendArray(_ cell: Span<UInt8>, of element: DataType, to line: inout [UInt8]) throws(WireError) {
        var literal = try ArrayLiteral(cell)
        var needsComma = false
        while let token = try literal.next() {
            if needsComma, token != .close { line.append(UInt8(ascii: ",")) }
            needsComma = token != .open
            switch token {
            case .open: line.append(UInt8(ascii: "["))
            case .close: line.append(UInt8(ascii: "]"))
            case .null: line.append(literal: "null")
            case .element(let item) where item.isEscaped:
                let resolved = cell.unescaped(item)
                try append(resolved.span, as: element, to: &line)
            case .element(let item): try append(cell.extracting(item.range), as: element, to: &line)
            }
        }
    }
}

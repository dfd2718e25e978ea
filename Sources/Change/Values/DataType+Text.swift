public import Wire

extension DataType {
    /// Appends a cell of this type as plain text: what stands in keys, Redis fields and templates.
    ///
    /// Booleans are `true` and `false`, bytes base64, money a plain decimal, dates and times ISO 8601 as in JSON.
    /// Arrays, composites and ranges, which have no plain form that others read, are JSON; BSON is what
    /// ``Wire/Swift/Array/append(bsonText:)`` says. Everything else is the source's own text, byte by byte.
    ///
    /// - Throws: where the bytes are not the text form of the type; `output` is then as it was before.
    public func appendText(of cell: Span<UInt8>, to output: inout [UInt8]) throws(WireError) {
        let start = output.count
        do {
            try encodeText(cell, &output)
        } catch {
            output.truncate(to: start)
            throw error
        }
    }

    func encodeText(_ cell: Span<UInt8>, _ output: inout [UInt8]) throws(WireError) {
        switch self {
        case .boolean: output.append(literal: try BooleanText.isTrue(cell) ? "true" : "false")
        case .bytes: try output.append(base64OfBytea: cell)
        case .money: try MoneyText.append(amountOf: cell, to: &output)
        case .date: try output.append(isoDateOf: cell)
        case .timestamp: try output.append(isoTimestampOf: cell, hasZone: false)
        case .timestampWithZone: try output.append(isoTimestampOf: cell, hasZone: true)
        case .timeWithZone: try output.append(isoTimeWithZoneOf: cell)
        case .time:
            _ = try DateTimeText.time(cell)
            output.append(cell)
        case .interval:
            _ = try Interval(iso8601: cell)
            output.append(cell)
        case .array, .composite, .range, .multirange: try encodeJSON(cell, JSONForm(), &output)
        case .bson: try output.append(bsonText: BSONElement(cell).value)
        case .int16, .int32, .int64, .uint32, .uint64, .float32, .float64, .decimal, .text, .uuid, .json, .bits,
            .network, .enumeration, .other:
            output.append(cell)
        }
    }
}

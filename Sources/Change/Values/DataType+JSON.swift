public import Wire

extension DataType {
    /// Appends a cell of this type as JSON. Nothing is allocated but for arrays, composites and ranges with escapes.
    ///
    /// - Booleans, integers and floating-point numbers become what they are; NaN and infinities become the strings
    ///   `"NaN"`, `"Infinity"` and `"-Infinity"`. Integers of 64 bits are written in full.
    /// - Decimals and money become strings or numbers, bytes base64 or hexadecimal, as the form says.
    /// - Dates and times become ISO 8601 strings: expanded years beyond 1...9999 (`-000043-03-15` is 44 BC), the ends of
    ///   time as `"infinity"` and `"-infinity"`, 24:00:00 as it is, intervals as `"P1Y2M3DT4H5M6.7S"`.
    /// - JSON is embedded as it is, on one line.
    /// - Arrays become arrays, nested as they are; one that does not count from one becomes
    ///   `{"lowerBounds":[0],"values":[…]}`. Composites become objects. Ranges become
    ///   `{"lower":…,"upper":…,"bounds":"[)"}`, null standing for no bound, or `{"empty":true}`; multiranges arrays.
    /// - BSON becomes what ``BSONJSONForm/Plain`` says, decimals and bytes as the form says.
    /// - Everything else becomes a string.
    ///
    /// - Throws: where the bytes are not the text form of the type; `output` is then as it was before.
    public func appendJSON(
        of cell: Span<UInt8>, form: JSONForm = JSONForm(), to output: inout [UInt8]
    ) throws(WireError) {
        let start = output.count
        do {
            try encodeJSON(cell, form, &output)
        } catch {
            output.truncate(to: start)
            throw error
        }
    }

    func encodeJSON(_ cell: Span<UInt8>, _ form: JSONForm, _ output: inout [UInt8]) throws(WireError) {
        switch self {
        case .int16, .int32, .int64, .uint32, .uint64:
            guard NumberText.isJSONInteger(cell) else { throw .malformed("integer") }
            output.append(cell)
        case .text, .enumeration, .network, .bits, .other, .uuid:
            guard output.append(jsonString: cell) || form.invalidText == .repaired else {
                throw .malformed("UTF-8 text")
            }
        case .boolean: output.append(literal: try BooleanText.isTrue(cell) ? "true" : "false")
        case .float32, .float64: try Self.appendNumber(cell, quoted: false, &output)
        case .decimal: try Self.appendNumber(cell, quoted: form.decimals == .text, &output)
        case .money: try Self.appendMoney(cell, quoted: form.decimals == .text, &output)
        case .json: try output.append(jsonDocument: cell)
        case .bytes, .date, .time, .timeWithZone, .timestamp, .timestampWithZone, .interval:
            output.append(UInt8(ascii: "\""))
            if case .bytes = self, form.bytes == .hex {
                try output.append(hexOfBytea: cell)
            } else {
                try encodeText(cell, &output)
            }
            output.append(UInt8(ascii: "\""))
        case .array(let element): try Self.appendArray(cell, of: element, form, &output)
        case .composite(let fields): try Self.appendComposite(cell, fields, form, &output)
        case .range(let bound):
            let literal = try RangeLiteral(cell)
            try Self.appendRange(literal, in: cell, of: bound, form, &output)
        case .multirange(let bound): try Self.appendMultirange(cell, of: bound, form, &output)
        case .bson: try Self.appendBSON(cell, form, &output)
        }
    }

    private static func appendNumber(
        _ cell: Span<UInt8>, quoted: Bool, _ output: inout [UInt8]
    ) throws(WireError) {
        let isNumber = NumberText.isJSONNumber(cell)
        guard isNumber || NumberText.isSpecial(cell) else { throw .malformed("number") }
        if quoted || !isNumber {
            output.append(quoted: cell)
        } else {
            output.append(cell)
        }
    }

    private static func appendMoney(_ cell: Span<UInt8>, quoted: Bool, _ output: inout [UInt8]) throws(WireError) {
        if quoted { output.append(UInt8(ascii: "\"")) }
        try MoneyText.append(amountOf: cell, to: &output)
        if quoted { output.append(UInt8(ascii: "\"")) }
    }
}

extension [UInt8] {
    /// Appends a value as plain text: what stands in keys, hash fields and templates.
    ///
    /// Strings, symbols and code are themselves, byte by byte; numbers have the digits they need: a double that is whole
    /// is written like an integer, a decimal as the BSON specification has it. Dates are ISO 8601 in UTC, with expanded
    /// years where they need them; ObjectIds hexadecimal, UUIDs their text, other binary values base64. Everything else
    /// is JSON in the plain form, and null is nothing.
    ///
    /// - Throws: where a nested document is malformed or nested deeper than 250; `self` is then as it was.
    public mutating func append(bsonText value: borrowing BSONValue) throws(WireError) {
        switch value.type {
        case .string, .symbol, .code: append(value.text)
        case .null: break
        case .boolean: append(literal: value.boolean ? "true" : "false")
        case .int32, .int64: append(decimal: value.integer ?? 0)
        case .double: append(plainDouble: value.double)
        case .decimal128: append(decimal128: value.decimal)
        case .date:
            append(isoTimestamp: Int128(value.dateMilliseconds) * 1000)
            append(UInt8(ascii: "Z"))
        case .objectID: append(hex: value.objectID)
        case .binary:
            if value.isUUID { append(uuid: value.binary) } else { append(base64: value.binary) }
        case .document, .array, .undefined, .regex, .dbPointer, .codeWithScope, .timestamp, .minKey, .maxKey:
            let start = count
            guard try append(bson: value, as: .plain(.init())) else {
                truncate(to: start)
                throw .malformed("UTF-8 text")
            }
        }
    }

    /// Appends a value as it stands in the key of a sink: its plain text, but for numbers, which have one text however
    /// they are typed, because the server takes 1, 1.0 and the decimal 1.00 for one key.
    ///
    /// - Throws: where a nested document is malformed or nested deeper than 250; `self` is then as it was.
    public mutating func append(bsonKeyText value: borrowing BSONValue) throws(WireError) {
        if value.type.isNumber {
            append(bsonNumberKeyText: value)
        } else {
            try append(bsonText: value)
        }
    }

    /// Appends a number as text that equal numbers share, whatever their types: `1` for 1, 1.0 and the decimal 1.00.
    ///
    /// A double that no decimal of 34 digits equals is written with the fewest digits that name it.
    ///
    /// - Precondition: the value is a number.
    public mutating func append(bsonNumberKeyText value: borrowing BSONValue) {
        if let whole = value.integer { return append(decimal: whole) }
        let exact = value.exactNumber
        if value.type == .double, value.double.isFinite, exact.precision > 34 {
            append(plainDouble: value.double)
        } else {
            append(normalForm: exact)
        }
    }

    /// Appends a double without a point where it is whole and short.
    private mutating func append(plainDouble number: Double) {
        let start = count
        append(double: number)
        if span.extracting(start..<count).hasSuffix(".0") { removeLast(2) }
    }
}

extension Span<UInt8> {
    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && extracting(count - text.utf8CodeUnitCount..<count).hasPrefix(text)
    }
}

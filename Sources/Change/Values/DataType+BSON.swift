public import Wire

extension DataType {
    static func appendBSON(_ cell: Span<UInt8>, _ form: JSONForm, _ output: inout [UInt8]) throws(WireError) {
        let documentForm: BSONJSONForm =
            switch form.documents {
            case .canonical: .canonical
            case .plain: .plain(.init(quotesDecimals: form.decimals == .text, hasHexBinary: form.bytes == .hex))
            }
        let isExact = try output.append(bson: BSONElement(cell).value, as: documentForm)
        guard isExact || form.invalidText == .repaired else { throw .malformed("UTF-8 text") }
    }

    /// Appends a cell of this type as it stands in the key of a sink: its plain text, but for numbers in BSON, which
    /// have one text however they are typed, because the source takes 1, 1.0 and the decimal 1.00 for one key.
    ///
    /// - Throws: where the bytes are not the text form of the type; `output` is then as it was before.
    public func appendKeyText(of cell: Span<UInt8>, to output: inout [UInt8]) throws(WireError) {
        guard case .bson = self else { return try appendText(of: cell, to: &output) }
        try output.append(bsonKeyText: BSONElement(cell).value)
    }
}

extension Row {
    /// Appends a cell as ``DataType/appendKeyText(of:to:)`` does; nothing where it has no value.
    public func appendKeyText(_ column: Int, to text: inout [UInt8]) throws(WireError) {
        guard state(column) == .value else { return }
        do {
            try schema.types[column].appendKeyText(of: bytes(column), to: &text)
        } catch {
            throw error.inColumn(schema.columns[column].name)
        }
    }

    /// Appends what a row's document is known by: bytes that are the same exactly where the source takes two values for
    /// equal. See ``Wire/Swift/Array/append(bsonKey:)``; a null has a key too, and a missing cell that of no value.
    ///
    /// - Precondition: the column is of type ``DataType/bson``, and its cell is not unchanged.
    public func appendDocumentKey(_ column: Int, to key: inout [UInt8]) throws(WireError) {
        switch state(column) {
        case .value: try key.append(bsonKey: BSONElement(bytes(column)).value)
        case .null: key.append(BSONType.null.rank)
        // No kind of value has this rank.
        case .missing: key.append(2)
        case .unchanged: preconditionFailure("the key of a document is known")
        }
    }
}

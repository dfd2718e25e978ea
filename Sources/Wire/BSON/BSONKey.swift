extension [UInt8] {
    /// Appends bytes that are the same for two values exactly when the server calls them equal: what a document's `_id`
    /// is known by.
    ///
    /// Numbers have one form whatever their type: 1, 1.0 and the decimal 1.00 are the same key. Documents keep the
    /// order of their fields. The bytes say where they end, so that keys can be joined.
    ///
    /// - Throws: where a nested document is malformed or nested deeper than 250; `self` is then as it was.
    public mutating func append(bsonKey value: borrowing BSONValue) throws(WireError) {
        let start = count
        do {
            try appendKey(value, depth: 0)
        } catch {
            truncate(to: start)
            throw error
        }
    }

    private mutating func appendKey(_ value: borrowing BSONValue, depth: Int) throws(WireError) {
        append(value.type.rank)
        switch value.type {
        case .minKey, .undefined, .null, .maxKey: break
        case .double, .int32, .int64, .decimal128: appendNumberKey(value)
        case .string, .symbol, .code: appendDelimited(value.text)
        case .document, .array: try appendKey(of: value.document, depth: depth)
        case .binary:
            append(value.binarySubtype)
            appendDelimited(value.bytes.extracting(5..<value.bytes.count))
        case .objectID, .boolean, .date, .timestamp: append(value.bytes)
        case .regex: append(value.bytes)
        case .dbPointer: appendDelimited(value.bytes)
        case .codeWithScope:
            appendDelimited(value.text)
            try appendKey(of: value.document, depth: depth)
        }
    }

    private mutating func appendKey(of document: borrowing BSONDocument, depth: Int) throws(WireError) {
        guard depth < BSONLayout.depthMax else { throw .malformed("BSON nested too deep") }
        var elements = document.elements
        while try elements.advance() {
            append(1)
            append(elements.name)
            append(0)
            try appendKey(elements.value, depth: depth + 1)
        }
        append(0)
    }

    /// Whole numbers of 64 bits are themselves, others their digits without zeros at the end and a power of ten.
    private mutating func appendNumberKey(_ value: borrowing BSONValue) {
        if let number = value.integer { return appendWholeKey(number) }
        if value.type == .double {
            if let number = Int64(exactly: value.double) { return appendWholeKey(number) }
        }
        let number = value.exactNumber
        if let whole = number.int64 { return appendWholeKey(whole) }
        append(1)
        var text: [UInt8] = []
        text.append(normalForm: number)
        appendDelimited(text.span)
    }

    private mutating func appendWholeKey(_ number: Int64) {
        append(0)
        append(bigEndian: UInt64(bitPattern: number))
    }

    private mutating func appendDelimited(_ bytes: Span<UInt8>) {
        append(bigEndian: UInt64(bytes.count))
        append(bytes)
    }
}

extension [UInt8] {
    /// Appends a value as JSON, on one line.
    ///
    /// Names and their order are kept, and names that occur twice occur twice. Text that is not UTF-8 gets U+FFFD where
    /// it is not.
    ///
    /// - Returns: whether all text was UTF-8, so that nothing was changed.
    /// - Throws: where a nested document is malformed or nested deeper than 250; `self` is then as it was.
    @discardableResult
    public mutating func append(
        bson value: borrowing BSONValue, as form: BSONJSONForm
    ) throws(WireError) -> Bool {
        var writer = BSONJSONWriter(form: form)
        let start = count
        do {
            try writer.append(value, to: &self, depth: 0)
        } catch {
            truncate(to: start)
            throw error
        }
        return writer.isExact
    }

    /// Appends a document as a JSON object, as ``append(bson:as:)`` does.
    @discardableResult
    public mutating func append(
        bson document: borrowing BSONDocument, as form: BSONJSONForm
    ) throws(WireError) -> Bool {
        try append(bson: BSONValue(type: .document, checked: document.bytes), as: form)
    }

    /// Appends a double with a point or an exponent, so that it is told from a whole number: `1.0`, `1e+16`, `-0.0`.
    /// NaN and the infinities are `NaN`, `Infinity` and `-Infinity`.
    public mutating func append(double number: Double) {
        if number.isNaN {
            append(literal: "NaN")
        } else if number.isInfinite {
            append(literal: number < 0 ? "-Infinity" : "Infinity")
        } else if number.magnitude < 1e15, let whole = Int64(exactly: number), number != 0 || number.sign == .plus {
            append(decimal: whole)
            append(literal: ".0")
        } else {
            append(number.description)
        }
    }

    /// Appends milliseconds since 1970 as ISO 8601 in UTC.
    ///
    /// - Returns: whether that could be done: whether the year is one of 1 to 9999.
    public mutating func append(isoMilliseconds milliseconds: Int64) -> Bool {
        guard BSONJSONWriter.plainDates.contains(milliseconds) else { return false }
        append(isoTimestamp: Int128(milliseconds) * 1000)
        append(UInt8(ascii: "Z"))
        return true
    }

    /// Appends sixteen bytes as a UUID.
    public mutating func append(uuid bytes: Span<UInt8>) {
        for index in bytes.indices {
            if index == 4 || index == 6 || index == 8 || index == 10 { append(UInt8(ascii: "-")) }
            append(Hex.digit(bytes[index] >> 4))
            append(Hex.digit(bytes[index] & 15))
        }
    }
}

/// Writes values as JSON in one form.
struct BSONJSONWriter {
    /// From 0001-01-01 to the last millisecond of 9999.
    static let plainDates: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    let form: BSONJSONForm
    /// Whether all text was UTF-8 so far.
    private(set) var isExact = true

    init(form: BSONJSONForm) {
        self.form = form
    }

    mutating func append(
        _ value: borrowing BSONValue, to text: inout [UInt8], depth: Int
    ) throws(WireError) {
        switch value.type {
        case .string: string(value.text, &text)
        case .document: try object(value.document, &text, depth)
        case .array: try array(value.document, &text, depth)
        case .boolean: text.append(literal: value.boolean ? "true" : "false")
        case .null: text.append(literal: "null")
        case .double, .int32, .int64, .decimal128, .date, .objectID, .binary, .symbol:
            switch form {
            case .canonical: canonical(value, &text)
            case .plain(let plain): self.plain(value, plain, &text)
            }
        case .undefined: text.append(literal: #"{"$undefined":true}"#)
        case .minKey: text.append(literal: #"{"$minKey":1}"#)
        case .maxKey: text.append(literal: #"{"$maxKey":1}"#)
        case .timestamp:
            text.append(literal: #"{"$timestamp":{"t":"#)
            text.append(decimal: value.timestamp.seconds)
            text.append(literal: #","i":"#)
            text.append(decimal: value.timestamp.increment)
            text.append(literal: "}}")
        case .regex:
            text.append(literal: #"{"$regularExpression":{"pattern":"#)
            string(value.pattern, &text)
            text.append(literal: #","options":"#)
            string(value.options, &text)
            text.append(literal: "}}")
        case .dbPointer:
            text.append(literal: #"{"$dbPointer":{"$ref":"#)
            string(value.text, &text)
            text.append(literal: #","$id":{"$oid":""#)
            text.append(hex: value.objectID)
            text.append(literal: #""}}}"#)
        case .code, .codeWithScope:
            text.append(literal: #"{"$code":"#)
            string(value.text, &text)
            if value.type == .codeWithScope {
                text.append(literal: #","$scope":"#)
                try object(value.document, &text, depth)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    private mutating func object(
        _ document: borrowing BSONDocument, _ text: inout [UInt8], _ depth: Int
    ) throws(WireError) {
        guard depth < BSONLayout.depthMax else { throw .malformed("BSON nested too deep") }
        text.append(UInt8(ascii: "{"))
        var elements = document.elements
        var needsComma = false
        while try elements.advance() {
            if needsComma { text.append(UInt8(ascii: ",")) }
            needsComma = true
            string(elements.name, &text)
            text.append(UInt8(ascii: ":"))
            try append(elements.value, to: &text, depth: depth + 1)
        }
        text.append(UInt8(ascii: "}"))
    }

    /// The names of an array's elements are not looked at: their order is the array's.
    private mutating func array(
        _ document: borrowing BSONDocument, _ text: inout [UInt8], _ depth: Int
    ) throws(WireError) {
        guard depth < BSONLayout.depthMax else { throw .malformed("BSON nested too deep") }
        text.append(UInt8(ascii: "["))
        var elements = document.elements
        var needsComma = false
        while try elements.advance() {
            if needsComma { text.append(UInt8(ascii: ",")) }
            needsComma = true
            try append(elements.value, to: &text, depth: depth + 1)
        }
        text.append(UInt8(ascii: "]"))
    }

    private mutating func string(_ bytes: Span<UInt8>, _ text: inout [UInt8]) {
        if !text.append(jsonString: bytes) { isExact = false }
    }

    private mutating func canonical(_ value: borrowing BSONValue, _ text: inout [UInt8]) {
        switch value.type {
        case .double:
            text.append(literal: #"{"$numberDouble":""#)
            text.append(double: value.double)
        case .int32, .int64:
            text.append(literal: value.type == .int32 ? #"{"$numberInt":""# : #"{"$numberLong":""#)
            text.append(decimal: value.integer ?? 0)
        case .decimal128:
            text.append(literal: #"{"$numberDecimal":""#)
            text.append(decimal128: value.decimal)
        case .date: return Self.date(value, &text)
        case .objectID:
            text.append(literal: #"{"$oid":""#)
            text.append(hex: value.objectID)
        case .binary:
            text.append(literal: #"{"$binary":{"base64":""#)
            text.append(base64: value.binary)
            text.append(literal: #"","subType":""#)
            text.append(Hex.digit(value.binarySubtype >> 4))
            text.append(Hex.digit(value.binarySubtype & 15))
            text.append(literal: #""}}"#)
            return
        default:
            text.append(literal: #"{"$symbol":"#)
            string(value.text, &text)
            text.append(UInt8(ascii: "}"))
            return
        }
        text.append(literal: #""}"#)
    }

    private mutating func plain(_ value: borrowing BSONValue, _ plain: BSONJSONForm.Plain, _ text: inout [UInt8]) {
        let start = text.count
        switch value.type {
        case .double:
            guard !value.double.isFinite else { return text.append(double: value.double) }
            text.append(UInt8(ascii: "\""))
            text.append(double: value.double)
        case .int32, .int64: return text.append(decimal: value.integer ?? 0)
        case .decimal128:
            let number = value.decimal
            guard plain.quotesDecimals || number.isNaN || number.isInfinite else {
                return text.append(decimal128: number)
            }
            text.append(UInt8(ascii: "\""))
            text.append(decimal128: number)
        case .date:
            text.append(UInt8(ascii: "\""))
            guard text.append(isoMilliseconds: value.dateMilliseconds) else {
                text.truncate(to: start)
                return Self.date(value, &text)
            }
        case .objectID:
            text.append(UInt8(ascii: "\""))
            text.append(hex: value.objectID)
        case .binary:
            text.append(UInt8(ascii: "\""))
            if value.isUUID {
                text.append(uuid: value.binary)
            } else if plain.hasHexBinary {
                text.append(hex: value.binary)
            } else {
                text.append(base64: value.binary)
            }
        default: return string(value.text, &text)
        }
        text.append(UInt8(ascii: "\""))
    }

    private static func date(_ value: borrowing BSONValue, _ text: inout [UInt8]) {
        text.append(literal: #"{"$date":{"$numberLong":""#)
        text.append(decimal: value.dateMilliseconds)
        text.append(literal: #""}}"#)
    }
}

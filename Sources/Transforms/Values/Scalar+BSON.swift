internal import Change
internal import Wire

// Values out of documents.
extension Scalar {
    /// The value of an element that fills the bytes.
    init(element bytes: Span<UInt8>) throws(WireError) {
        self = try Scalar(BSONElement(bytes).value)
    }

    /// Numbers, texts, booleans and dates are what they are everywhere; everything else stays BSON.
    init(_ value: borrowing BSONValue) throws(WireError) {
        switch value.type {
        case .null: self = .null
        case .boolean: self = .boolean(value.boolean)
        case .int32, .int64: self = .number(.finite(Int128(value.integer ?? 0), scale: 0))
        case .double: self = .double(value.double)
        case .decimal128: self = .number(ExactNumber(value.decimal))
        case .string, .symbol: self = .text(ExpressionText.bytes(value.text))
        case .date: self = .moment(.at(Int128(value.dateMilliseconds) * 1000))
        case .document, .array, .binary, .undefined, .objectID, .regex, .dbPointer, .code, .codeWithScope, .timestamp,
            .minKey, .maxKey:
            self = .bson(BSONCopy(value))
        }
    }

    /// The UUID that a text names.
    init?(uuid text: [UInt8]) {
        guard let number = try? UUIDText.number(text.span) else { return nil }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt32(16))
        bytes.append(4)
        bytes.append(bigEndian: number)
        self = .bson(BSONCopy(type: .binary, bytes: bytes))
    }

    /// The bytes that a PostgreSQL `bytea` names.
    init?(bytea text: [UInt8]) {
        guard let content = try? ByteaText.bytes(text.span) else { return nil }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt32(content.count))
        bytes.append(0)
        bytes.append(contentsOf: content)
        self = .bson(BSONCopy(type: .binary, bytes: bytes))
    }

    /// The ObjectId that twenty-four hexadecimal digits name.
    init?(objectID text: [UInt8]) {
        guard text.count == 24 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 24, by: 2) {
            guard let high = Hex.value(of: text[index]), let low = Hex.value(of: text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self = .bson(BSONCopy(type: .objectID, bytes: bytes))
    }

    /// Appends the value as an element without a name.
    ///
    /// - Throws: where BSON has no such value: a number of more than 34 digits.
    func append(elementTo bytes: inout [UInt8]) throws(EvaluationError) {
        switch self {
        case .null: bytes.append(bsonHead: .null)
        case .boolean(let flag):
            bytes.append(bsonHead: .boolean)
            bytes.append(flag ? 1 : 0)
        case .number(let number): try append(number, to: &bytes)
        case .double(let number):
            bytes.append(bsonHead: .double)
            bytes.append(littleEndian: number.bitPattern)
        case .text(let text):
            bytes.append(bsonHead: .string)
            bytes.append(bsonString: text.span)
        case .moment(let moment):
            guard let microseconds = moment.finite, let milliseconds = Int64(exactly: microseconds / 1000) else {
                throw .outOfRange("date")
            }
            bytes.append(bsonHead: .date)
            bytes.append(littleEndian: UInt64(bitPattern: milliseconds))
        case .time(let microseconds):
            bytes.append(bsonHead: .string)
            bytes.append(bsonString: DynamicText.time(microseconds).span)
        case .bson(let value):
            bytes.append(bsonHead: value.type)
            bytes.append(contentsOf: value.bytes)
        }
    }

    private func append(_ number: ExactNumber, to bytes: inout [UInt8]) throws(EvaluationError) {
        if case .finite(let whole, scale: 0) = number, let short = Int64(exactly: whole) {
            bytes.append(bsonHead: .int64)
            bytes.append(littleEndian: UInt64(bitPattern: short))
        } else {
            guard let decimal = number.decimal128 else { throw .outOfRange("decimal") }
            bytes.append(bsonHead: .decimal128)
            bytes.append(littleEndian: decimal.low)
            bytes.append(littleEndian: decimal.high)
        }
    }
}

extension ExactNumber {
    /// A decimal out of a document; one of more than 38 digits in plain notation compares and passes, as any does.
    init(_ number: Decimal128) {
        if number.isNaN {
            self = .notANumber
        } else if number.isInfinite {
            self = number.isNegative ? .negativeInfinity : .infinity
        } else if number.exponent <= 0, number.exponent >= -38 {
            let significand = Int128(number.significand)
            self = .finite(number.isNegative ? -significand : significand, scale: -number.exponent)
        } else {
            var text: [UInt8] = []
            text.append(decimal: ExactDecimal(number))
            self = ExactNumber(text.span) ?? .notANumber
        }
    }

    /// The number as a decimal of 34 digits, nil where it has more.
    fileprivate var decimal128: Decimal128? {
        switch self {
        case .finite(let coefficient, let scale):
            return Decimal128(
                isNegative: coefficient < 0, significand: UInt128(coefficient.magnitude), exponent: -scale)
        case .long(let text):
            guard let exact = try? ExactDecimal(parsing: text.span) else { return nil }
            return Decimal128(exact)
        case .notANumber: return .nan
        case .infinity: return .infinity
        case .negativeInfinity: return .negativeInfinity
        }
    }
}

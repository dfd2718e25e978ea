public import Wire

/// A BSON value with bytes of its own.
public struct BSONCopy: Hashable, Sendable {
    public let type: BSONType
    /// The value as the specification lays it out, without its name.
    public let bytes: [UInt8]

    /// A value of these bytes, which are read only when someone asks.
    public init(type: BSONType, bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
    }

    public init(_ value: borrowing BSONValue) {
        type = value.type
        var bytes: [UInt8] = []
        bytes.append(value.bytes)
        self.bytes = bytes
    }

    /// Reads the value.
    public func withValue<Result>(_ read: (borrowing BSONValue) throws(WireError) -> Result) throws(WireError) -> Result
    {
        try read(try BSONValue(type: type, bytes: bytes.span))
    }

    /// How the value relates to another one of its kind: below zero where it comes first.
    ///
    /// Values that cannot be read compare as if they were equal.
    public func order(to other: BSONCopy) -> Int {
        do {
            let left = try BSONValue(type: type, bytes: bytes.span)
            let right = try BSONValue(type: other.type, bytes: other.bytes.span)
            return try left.order(to: right)
        } catch {
            return 0
        }
    }
}

extension Value {
    /// A BSON value in the case that is exact for it.
    public init(_ value: borrowing BSONValue) throws(WireError) {
        switch value.type {
        case .null: self = .null
        case .boolean: self = .boolean(value.boolean)
        case .int32, .int64: self = .integer(value.integer ?? 0)
        case .double: self = .float64(value.double)
        case .decimal128: self = .decimal(ExactDecimal(value.decimal))
        case .string: self = .text(try String(exactly: value.text))
        case .date: self = .timestampWithZone(.at(Int128(value.dateMilliseconds) * 1000))
        case .binary where value.binarySubtype == 0:
            var bytes: [UInt8] = []
            bytes.append(value.binary)
            self = .bytes(bytes)
        case .binary where value.isUUID:
            var number: UInt128 = 0
            let bytes = value.binary
            for index in bytes.indices { number = number << 8 | UInt128(bytes[index]) }
            self = .uuid(number)
        case .document, .array, .binary, .undefined, .objectID, .regex, .dbPointer, .code, .symbol, .codeWithScope,
            .timestamp, .minKey, .maxKey:
            self = .bson(BSONCopy(value))
        }
    }
}

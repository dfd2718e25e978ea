/// The type of a BSON value: the byte that stands before its name (bsonspec.org, version 1.1).
public enum BSONType: UInt8, Sendable, CaseIterable {
    case double = 0x01
    case string = 0x02
    case document = 0x03
    case array = 0x04
    case binary = 0x05
    /// Deprecated, and still stored by old applications.
    case undefined = 0x06
    case objectID = 0x07
    case boolean = 0x08
    /// Milliseconds since 1970, any 64-bit number of them.
    case date = 0x09
    case null = 0x0A
    case regex = 0x0B
    /// Deprecated: the name of a collection and an ObjectId.
    case dbPointer = 0x0C
    case code = 0x0D
    /// Deprecated: a string by another name.
    case symbol = 0x0E
    /// Deprecated: code and the document of its variables.
    case codeWithScope = 0x0F
    case int32 = 0x10
    /// The oplog's clock: seconds and a counter.
    case timestamp = 0x11
    case int64 = 0x12
    case decimal128 = 0x13
    case maxKey = 0x7F
    case minKey = 0xFF

    /// Whether the value is a number: all four kinds compare with one another.
    public var isNumber: Bool {
        switch self {
        case .double, .int32, .int64, .decimal128: true
        case .string, .document, .array, .binary, .undefined, .objectID, .boolean, .date, .null, .regex, .dbPointer,
            .code, .symbol, .codeWithScope, .timestamp, .maxKey, .minKey:
            false
        }
    }

    /// The place of the type's kind in the server's order of all values; kinds that compare with one another share it.
    public var rank: UInt8 {
        switch self {
        case .minKey: 0
        case .undefined: 1
        case .null: 5
        case .double, .int32, .int64, .decimal128: 10
        case .string, .symbol: 15
        case .document: 20
        case .array: 25
        case .binary: 30
        case .objectID: 35
        case .boolean: 40
        case .date: 45
        case .timestamp: 47
        case .regex: 50
        case .dbPointer: 55
        case .code: 60
        case .codeWithScope: 65
        case .maxKey: 127
        }
    }

    /// The type's name as the server's `$type` operator has it.
    public var name: String {
        switch self {
        case .double: "double"
        case .string: "string"
        case .document: "object"
        case .array: "array"
        case .binary: "binData"
        case .undefined: "undefined"
        case .objectID: "objectId"
        case .boolean: "bool"
        case .date: "date"
        case .null: "null"
        case .regex: "regex"
        case .dbPointer: "dbPointer"
        case .code: "javascript"
        case .symbol: "symbol"
        case .codeWithScope: "javascriptWithScope"
        case .int32: "int"
        case .timestamp: "timestamp"
        case .int64: "long"
        case .decimal128: "decimal"
        case .maxKey: "maxKey"
        case .minKey: "minKey"
        }
    }
}

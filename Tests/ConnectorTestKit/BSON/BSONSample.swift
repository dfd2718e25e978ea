public import Wire

/// A BSON value as a test writes it down, and the bytes that it has.
public indirect enum BSONSample: Sendable {
    case double(Double)
    case string(String)
    case document([(String, BSONSample)])
    case array([BSONSample])
    case binary(UInt8, [UInt8])
    case undefined
    /// Twenty-four hexadecimal digits.
    case objectID(String)
    case boolean(Bool)
    case date(Int64)
    case null
    case regex(String, String)
    case dbPointer(String, String)
    case code(String)
    case symbol(String)
    case codeWithScope(String, [(String, BSONSample)])
    case int32(Int32)
    case timestamp(UInt32, UInt32)
    case int64(Int64)
    case decimal(Decimal128)
    case minKey
    case maxKey
    /// A string whose bytes are not text.
    case rawString([UInt8])

    /// A decimal by its text, such as `-1.50E+3`.
    public static func decimal(_ text: String) -> BSONSample {
        .decimal(Decimal128(sample: text))
    }

    /// The value's type.
    public var type: BSONType {
        switch self {
        case .double: .double
        case .string, .rawString: .string
        case .document: .document
        case .array: .array
        case .binary: .binary
        case .undefined: .undefined
        case .objectID: .objectID
        case .boolean: .boolean
        case .date: .date
        case .null: .null
        case .regex: .regex
        case .dbPointer: .dbPointer
        case .code: .code
        case .symbol: .symbol
        case .codeWithScope: .codeWithScope
        case .int32: .int32
        case .timestamp: .timestamp
        case .int64: .int64
        case .decimal: .decimal128
        case .minKey: .minKey
        case .maxKey: .maxKey
        }
    }

    /// The value's bytes, without its type and name.
    public var bytes: [UInt8] {
        switch self {
        case .double(let number): Self.little(number.bitPattern)
        case .string(let text), .code(let text), .symbol(let text): Self.string(Array(text.utf8))
        case .rawString(let bytes): Self.string(bytes)
        case .document(let fields): Self.encoded(fields)
        case .array(let elements): Self.encoded(elements.enumerated().map { ("\($0)", $1) })
        case .binary(2, let bytes):
            Self.little(UInt32(bytes.count + 4)) + [2] + Self.little(UInt32(bytes.count)) + bytes
        case .binary(let subtype, let bytes): Self.little(UInt32(bytes.count)) + [subtype] + bytes
        case .undefined, .null, .minKey, .maxKey: []
        case .objectID(let digits): Self.hex(digits)
        case .boolean(let isTrue): [isTrue ? 1 : 0]
        case .date(let milliseconds): Self.little(UInt64(bitPattern: milliseconds))
        case .regex(let pattern, let options): Array(pattern.utf8) + [0] + Array(options.utf8) + [0]
        case .dbPointer(let collection, let digits): Self.string(Array(collection.utf8)) + Self.hex(digits)
        case .codeWithScope(let code, let scope):
            Self.sized(Self.string(Array(code.utf8)) + Self.encoded(scope))
        case .int32(let number): Self.little(UInt32(bitPattern: number))
        case .timestamp(let seconds, let increment): Self.little(increment) + Self.little(seconds)
        case .int64(let number): Self.little(UInt64(bitPattern: number))
        case .decimal(let number): Self.little(number.low) + Self.little(number.high)
        }
    }

    /// The element of this name: what a cell holds.
    public func element(_ name: String = "x") -> [UInt8] {
        [type.rawValue] + Array(name.utf8) + [0] + bytes
    }

    /// The bytes of a document with these fields.
    public static func encoded(_ fields: [(String, BSONSample)]) -> [UInt8] {
        sized(fields.flatMap { $1.element($0) } + [0])
    }

    private static func sized(_ bytes: [UInt8]) -> [UInt8] { little(UInt32(bytes.count + 4)) + bytes }
    private static func string(_ bytes: [UInt8]) -> [UInt8] { little(UInt32(bytes.count + 1)) + bytes + [0] }

    private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
    }

    private static func hex(_ digits: String) -> [UInt8] {
        let nibbles = digits.utf8.compactMap(Hex.value)
        return stride(from: 0, to: nibbles.count - 1, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }
}

extension BSONSample: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An `int`.
    public init(integerLiteral value: Int32) { self = .int32(value) }
    /// A `double`.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A `bool`.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// A null.
    public init(nilLiteral: ()) { self = .null }
    /// An array.
    public init(arrayLiteral elements: BSONSample...) { self = .array(elements) }
    /// A document, its fields in this order; a name may occur twice.
    public init(dictionaryLiteral elements: (String, BSONSample)...) { self = .document(elements) }
}

extension Decimal128 {
    /// The number that a text such as `-1.50E+3`, `NaN` or `-Infinity` names.
    fileprivate init(sample text: String) {
        let isNegative = text.hasPrefix("-")
        let sign: UInt64 = isNegative ? 1 << 63 : 0
        let unsigned = isNegative ? String(text.dropFirst()) : text
        if unsigned == "NaN" || unsigned == "Infinity" {
            self.init(high: sign | (unsigned == "NaN" ? 0x7C00 : 0x7800) << 48, low: 0)
            return
        }
        let parts = unsigned.split(separator: "E")
        let places = parts[0].split(separator: ".")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        if places.count > 1 { exponent -= places[1].count }
        let significand = UInt128(places.joined()) ?? 0
        self.init(
            high: sign | UInt64(exponent + 6176) << 49 | UInt64(truncatingIfNeeded: significand >> 64),
            low: UInt64(truncatingIfNeeded: significand))
    }
}

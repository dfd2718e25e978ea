/// One BSON value as a view of the bytes that it stands in.
///
/// Its length, its terminators and the lengths within it are checked when the view is made; what a nested document
/// holds is checked when someone reads it. Text is not known to be UTF-8.
public struct BSONValue: ~Escapable {
    public let type: BSONType
    /// The bytes after the name, as the specification lays them out.
    public let bytes: Span<UInt8>

    /// The value of these bytes, which hold it and nothing more.
    @_lifetime(copy bytes)
    public init(type: BSONType, bytes: Span<UInt8>) throws(WireError) {
        guard try BSONLayout.length(of: type, in: bytes, from: 0) == bytes.count else {
            throw .malformed("BSON \(type.name)")
        }
        guard type != .boolean || bytes[0] < 2 else { throw .malformed("BSON bool") }
        self.type = type
        self.bytes = bytes
    }

    /// - Precondition: the bytes were checked.
    @_lifetime(copy bytes)
    init(type: BSONType, checked bytes: Span<UInt8>) {
        self.type = type
        self.bytes = bytes
    }

    // MARK: Values of fixed length

    /// The value of a `bool`.
    public var boolean: Bool {
        expect(.boolean)
        return bytes[0] == 1
    }

    /// The value of a `double`.
    public var double: Double {
        expect(.double)
        return Double(bitPattern: word(at: 0))
    }

    /// The value of an `int` or a `long`, and nil for every other type.
    public var integer: Int64? {
        switch type {
        case .int32: Int64(BSONLayout.number(in: bytes, from: 0, as: Int32.self))
        case .int64: Int64(bitPattern: word(at: 0))
        default: nil
        }
    }

    /// The value of a `decimal`.
    public var decimal: Decimal128 {
        expect(.decimal128)
        return Decimal128(high: word(at: 8), low: word(at: 0))
    }

    /// The value of a `date` in milliseconds since 1970.
    public var dateMilliseconds: Int64 {
        expect(.date)
        return Int64(bitPattern: word(at: 0))
    }

    /// The value of a `timestamp`: seconds since 1970, and the counter within the second.
    public var timestamp: (seconds: UInt32, increment: UInt32) {
        expect(.timestamp)
        let word = word(at: 0)
        return (UInt32(truncatingIfNeeded: word >> 32), UInt32(truncatingIfNeeded: word))
    }

    /// The twelve bytes of an `objectId`, or of the one in a `dbPointer`.
    public var objectID: Span<UInt8> {
        @_lifetime(copy self)
        get {
            precondition(type == .objectID || type == .dbPointer, "only an objectId or a dbPointer has one")
            return bytes.extracting(bytes.count - 12..<bytes.count)
        }
    }

    // MARK: Values of any length

    /// The text of a `string`, a `symbol`, of code with or without a scope, or the collection of a `dbPointer`.
    public var text: Span<UInt8> {
        @_lifetime(copy self)
        get {
            let start: Int
            switch type {
            case .string, .symbol, .code, .dbPointer: start = 4
            case .codeWithScope: start = 8
            default: preconditionFailure("a BSON \(type.name) has no text")
            }
            let length = Int(BSONLayout.number(in: bytes, from: start - 4, as: UInt32.self))
            return bytes.extracting(start..<start + length - 1)
        }
    }

    /// The document that a `object` or `array` is, or the scope of code.
    public var document: BSONDocument {
        @_lifetime(copy self)
        get {
            switch type {
            case .document, .array: return BSONDocument(checked: bytes)
            case .codeWithScope:
                let code = Int(BSONLayout.number(in: bytes, from: 4, as: UInt32.self))
                return BSONDocument(checked: bytes.extracting(8 + code..<bytes.count))
            default: preconditionFailure("a BSON \(type.name) has no document")
            }
        }
    }

    /// What a `binData` holds is meant to be: 0 plain, 4 a UUID, 128 and more what an application says.
    public var binarySubtype: UInt8 {
        expect(.binary)
        return bytes[4]
    }

    /// The bytes of a `binData`; of the old form without the length that it repeats.
    public var binary: Span<UInt8> {
        @_lifetime(copy self)
        get {
            expect(.binary)
            return bytes.extracting((bytes[4] == Self.oldBinary ? 9 : 5)..<bytes.count)
        }
    }

    /// Whether the value is a UUID in the byte order of RFC 9562.
    public var isUUID: Bool { type == .binary && bytes[4] == Self.uuid && bytes.count == 21 }

    /// The pattern of a `regex`.
    public var pattern: Span<UInt8> {
        @_lifetime(copy self)
        get {
            expect(.regex)
            return bytes.extracting(0..<endOfPattern)
        }
    }

    /// The options of a `regex`, letters in any order.
    public var options: Span<UInt8> {
        @_lifetime(copy self)
        get {
            expect(.regex)
            return bytes.extracting(endOfPattern + 1..<bytes.count - 1)
        }
    }

    /// The subtype whose bytes begin with their own length.
    static let oldBinary: UInt8 = 2
    private static let uuid: UInt8 = 4

    private var endOfPattern: Int {
        var end = 0
        while bytes[end] != 0 { end &+= 1 }
        return end
    }

    private func word(at start: Int) -> UInt64 { BSONLayout.number(in: bytes, from: start) }

    private func expect(_ expected: BSONType) {
        precondition(type == expected, "the value is of the type that is asked for")
    }
}

/// One element by itself: a type, a name and a value, as a view of its bytes.
public struct BSONElement: ~Escapable {
    private let bytes: Span<UInt8>
    private let nameEnd: Int
    public let type: BSONType

    /// The element that these bytes are, and nothing more.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) throws(WireError) {
        guard bytes.count > 0, let type = BSONType(rawValue: bytes[0]) else { throw .malformed("BSON type") }
        let start = try BSONLayout.endOfCString(in: bytes, from: 1)
        guard try BSONLayout.length(of: type, in: bytes, from: start) == bytes.count - start,
            type != .boolean || bytes[start] < 2
        else { throw .malformed("BSON \(type.name)") }
        self.bytes = bytes
        self.type = type
        nameEnd = start - 1
    }

    /// The name without its terminator.
    public var name: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(1..<nameEnd) }
    }

    public var value: BSONValue {
        @_lifetime(copy self)
        get { BSONValue(type: type, checked: bytes.extracting(nameEnd + 1..<bytes.count)) }
    }
}

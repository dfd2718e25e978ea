/// Reads big-endian fields from a span, front to back.
///
/// Every read checks its bounds first: malformed input throws, it never traps. The reader borrows the bytes, so a
/// parser built on it copies nothing it was not asked for.
public struct ByteReader: ~Copyable, ~Escapable {
    private let bytes: Span<UInt8>
    /// How many bytes have been read so far.
    public private(set) var offset: Int

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// How many bytes are left.
    public var remaining: Int { count - offset }
    public var count: Int { bytes.count }

    /// Reads one byte.
    @_lifetime(self: copy self)
    public mutating func readUInt8() throws(WireError) -> UInt8 {
        try require(1)
        let value = bytes[offset]
        offset += 1
        return value
    }

    /// Reads a big-endian 16-bit integer.
    @_lifetime(self: copy self)
    public mutating func readUInt16() throws(WireError) -> UInt16 {
        try require(2)
        let value = UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
        offset += 2
        return value
    }

    /// Reads a big-endian 32-bit integer.
    @_lifetime(self: copy self)
    public mutating func readUInt32() throws(WireError) -> UInt32 {
        try require(4)
        var value: UInt32 = 0
        for index in offset..<offset + 4 { value = value << 8 | UInt32(bytes[index]) }
        offset += 4
        return value
    }

    /// Reads a big-endian 64-bit integer.
    @_lifetime(self: copy self)
    public mutating func readUInt64() throws(WireError) -> UInt64 {
        try require(8)
        var value: UInt64 = 0
        for index in offset..<offset + 8 { value = value << 8 | UInt64(bytes[index]) }
        offset += 8
        return value
    }

    /// Passes over `length` bytes and returns where they stand.
    @_lifetime(self: copy self)
    public mutating func skip(_ length: Int) throws(WireError) -> Range<Int> {
        guard length >= 0 else { throw .negativeLength(at: offset) }
        try require(length)
        let range = offset..<offset + length
        offset += length
        return range
    }

    /// Passes over a NUL-terminated string and its terminator; returns where the string stands, without the NUL.
    @_lifetime(self: copy self)
    public mutating func skipCString() throws(WireError) -> Range<Int> {
        var end = offset
        while end < bytes.count, bytes[end] != 0 { end += 1 }
        guard end < bytes.count else { throw .unterminatedString(at: offset) }
        let range = offset..<end
        offset = end + 1
        return range
    }

    /// Reads a NUL-terminated string; bytes that are not UTF-8 are repaired.
    @_lifetime(self: copy self)
    public mutating func readCString() throws(WireError) -> String {
        let range = try skipCString()
        return String(decoding: bytes.extracting(range))
    }

    private func require(_ length: Int) throws(WireError) {
        guard length <= bytes.count - offset else {
            throw .truncated(at: offset, needed: length, available: bytes.count - offset)
        }
    }
}

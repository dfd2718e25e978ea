/// Where values begin and end. Every length is checked against the bytes there are: malformed input throws.
enum BSONLayout {
    /// How deep documents and arrays may be nested: more than the server stores, and little enough for a small stack.
    static let depthMax = 250

    /// How many bytes the value from `start` on takes.
    static func length(
        of type: BSONType, in bytes: Span<UInt8>, from start: Int
    ) throws(WireError) -> Int {
        let length: Int
        switch type {
        case .undefined, .null, .minKey, .maxKey: return 0
        case .boolean: length = 1
        case .int32: length = 4
        case .double, .date, .timestamp, .int64: length = 8
        case .objectID: length = 12
        case .decimal128: length = 16
        case .string, .code, .symbol: length = 4 + (try stringLength(in: bytes, from: start))
        case .document, .array: length = try documentLength(in: bytes, from: start)
        case .binary: length = try binaryLength(in: bytes, from: start)
        case .dbPointer: length = 4 + (try stringLength(in: bytes, from: start)) + 12
        case .regex:
            let options = try endOfCString(in: bytes, from: start)
            length = try endOfCString(in: bytes, from: options) - start
        case .codeWithScope: length = try codeWithScopeLength(in: bytes, from: start)
        }
        guard length <= bytes.count - start else {
            throw .truncated(at: start, needed: length, available: bytes.count - start)
        }
        return length
    }

    /// The number in the four bytes from `start` on.
    static func int32(in bytes: Span<UInt8>, from start: Int) throws(WireError) -> Int {
        guard bytes.count - start >= 4 else {
            throw .truncated(at: start, needed: 4, available: bytes.count - start)
        }
        return Int(number(in: bytes, from: start, as: Int32.self))
    }

    /// The little-endian number from `start` on.
    ///
    /// - Precondition: the bytes are there.
    @inline(__always)
    static func number<Number: FixedWidthInteger & BitwiseCopyable>(
        in bytes: Span<UInt8>, from start: Int, as type: Number.Type = Number.self
    ) -> Number {
        precondition(start >= 0 && start &+ MemoryLayout<Number>.size <= bytes.count)
        // SAFETY: the load needs no alignment, and its bytes are there.
        return Number(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Number.self) })
    }

    /// Where the byte after a NUL-terminated string's terminator stands.
    static func endOfCString(in bytes: Span<UInt8>, from start: Int) throws(WireError) -> Int {
        guard start <= bytes.count, let end = bytes.firstZero(from: start) else { throw .unterminatedString(at: start) }
        return end + 1
    }

    /// How many bytes a string takes after its length, its terminator included.
    private static func stringLength(in bytes: Span<UInt8>, from start: Int) throws(WireError) -> Int {
        let length = try int32(in: bytes, from: start)
        guard length > 0 else { throw length < 0 ? .negativeLength(at: start + 4) : .malformed("BSON string") }
        guard length <= bytes.count - start - 4 else {
            throw .truncated(at: start + 4, needed: length, available: bytes.count - start - 4)
        }
        guard bytes[start + 3 + length] == 0 else { throw .unterminatedString(at: start + 4) }
        return length
    }

    /// How many bytes the document from `start` on takes; that it fits and that it is terminated is checked.
    static func documentLength(in bytes: Span<UInt8>, from start: Int) throws(WireError) -> Int {
        let length = try int32(in: bytes, from: start)
        guard length >= 5 else { throw length < 0 ? .negativeLength(at: start + 4) : .malformed("BSON document") }
        guard length <= bytes.count - start else {
            throw .truncated(at: start, needed: length, available: bytes.count - start)
        }
        guard bytes[start + length - 1] == 0 else { throw .malformed("BSON document without an end") }
        return length
    }

    private static func binaryLength(in bytes: Span<UInt8>, from start: Int) throws(WireError) -> Int {
        let length = try int32(in: bytes, from: start)
        guard length >= 0 else { throw .negativeLength(at: start + 4) }
        guard length + 5 <= bytes.count - start else {
            throw .truncated(at: start + 4, needed: length + 1, available: bytes.count - start - 4)
        }
        if bytes[start + 4] == BSONValue.oldBinary {
            guard length >= 4, try int32(in: bytes, from: start + 5) == length - 4 else {
                throw .malformed("BSON binary of the old form")
            }
        }
        return length + 5
    }

    private static func codeWithScopeLength(in bytes: Span<UInt8>, from start: Int) throws(WireError) -> Int {
        let length = try int32(in: bytes, from: start)
        let scope = start + 8 + (try stringLength(in: bytes, from: start + 4))
        let end = scope + (try documentLength(in: bytes, from: scope))
        guard length == end - start else { throw .malformed("BSON code with scope") }
        return length
    }
}

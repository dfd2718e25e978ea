extension String {
    /// Decodes UTF-8; bytes that are not UTF-8 are repaired.
    public init(decoding bytes: Span<UInt8>) {
        // SAFETY: the pointer does not outlive the closure, and String copies what it decodes.
        self = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Decodes UTF-8, or throws where the bytes are not UTF-8.
    public init(exactly bytes: Span<UInt8>) throws(WireError) {
        // SAFETY: the pointer does not outlive the closure, and String copies what it decodes.
        let text = bytes.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        guard let text else { throw .malformed("UTF-8 text") }
        self = text
    }
}

extension Span<UInt8> {
    /// Whether both spans hold the same bytes.
    @inlinable
    public func isEqual(to other: Span<UInt8>) -> Bool {
        let count = count
        guard count == other.count else { return false }
        // SAFETY: every load needs no alignment and ends at or before `count`, as the conditions around it check.
        return withUnsafeBytes { left in
            other.withUnsafeBytes { right in
                guard count >= 8 else {
                    for index in 0..<count where left[index] != right[index] { return false }
                    return true
                }
                var offset = 0
                while offset &+ 8 < count {
                    guard Self.word(left, offset) == Self.word(right, offset) else { return false }
                    offset &+= 8
                }
                return Self.word(left, count &- 8) == Self.word(right, count &- 8)
            }
        }
    }

    // SAFETY: whoever calls has checked that eight bytes are there; the load needs no alignment.
    @inlinable
    static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// Where the first byte of zero stands from `start` on; nil where there is none.
    ///
    /// - Precondition: `start` is not behind the end.
    @inlinable
    public func firstZero(from start: Int) -> Int? {
        let count = count
        precondition(start >= 0 && start <= count)
        // SAFETY: every load needs no alignment and ends at or before `count`, as the conditions around it check.
        return withUnsafeBytes { bytes in
            var offset = start
            while offset &+ 8 <= count {
                let word = UInt64(littleEndian: Self.word(bytes, offset))
                // The lowest byte that is zero is the lowest whose highest bit this sets.
                let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
                if zeros != 0 { return offset &+ zeros.trailingZeroBitCount / 8 }
                offset &+= 8
            }
            while offset < count {
                if bytes[offset] == 0 { return offset }
                offset &+= 1
            }
            return nil
        }
    }

    /// Whether the bytes are the UTF-8 of a literal.
    @inlinable
    public func isEqual(to text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefix(text)
    }

    /// Whether the bytes begin with the UTF-8 of a literal.
    @inlinable
    public func hasPrefix(_ text: StaticString) -> Bool {
        // SAFETY: a literal's bytes live as long as the program, and the buffer has their length.
        let literal = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard count >= literal.count else { return false }
        for index in literal.indices where self[index] != literal[index] { return false }
        return true
    }
}

extension [UInt8] {
    /// Appends the bytes of a span.
    @inlinable
    public mutating func append(_ bytes: Span<UInt8>) {
        // SAFETY: the pointer does not outlive the closure, and append copies what it points to.
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends a number, most significant byte first.
    @inlinable
    public mutating func append<Number: FixedWidthInteger & UnsignedInteger>(bigEndian number: Number) {
        var shift = Number.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    /// Appends the UTF-8 of a string.
    @inlinable
    public mutating func append(_ text: String) {
        append(contentsOf: text.utf8)
    }

    /// Appends the UTF-8 of a literal without making a String.
    @inlinable
    public mutating func append(literal text: StaticString) {
        // SAFETY: a literal's UTF-8 lives as long as the process.
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends bytes in lower-case hexadecimal.
    public mutating func append(hex bytes: Span<UInt8>) {
        reserve(adding: bytes.count * 2)
        for index in bytes.indices {
            append(Hex.digit(bytes[index] >> 4))
            append(Hex.digit(bytes[index] & 15))
        }
    }

    /// Appends a number as sixteen lower-case hexadecimal digits.
    public mutating func append(hex number: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            append(Hex.digit(UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15))
        }
    }

    /// Makes room for `count` more bytes, growing geometrically.
    @inlinable
    public mutating func reserve(adding count: Int) {
        let needed = self.count + count
        if needed > capacity { reserveCapacity(Swift.max(needed, capacity * 2)) }
    }

    /// Takes back everything appended since the array had `count` bytes.
    @inlinable
    public mutating func truncate(to count: Int) {
        removeLast(self.count - count)
    }
}

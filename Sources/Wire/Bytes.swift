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
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
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

// Writing elements, documents and arrays.
extension [UInt8] {
    /// Appends what stands before a value: its type, its name and the terminator.
    public mutating func append(bsonHead type: BSONType, name: Span<UInt8>) {
        append(type.rawValue)
        append(name)
        append(0)
    }

    /// Appends what stands before a value whose name nobody looks at.
    public mutating func append(bsonHead type: BSONType) {
        append(type.rawValue)
        append(0)
    }

    /// Appends what stands before an element of an array.
    public mutating func append(bsonHead type: BSONType, index: Int) {
        append(type.rawValue)
        append(decimal: index)
        append(0)
    }

    /// Begins a document or an array; what ``endBSON(from:)`` needs is returned.
    public mutating func beginBSON() -> Int {
        append(littleEndian: UInt32(0))
        return count - 4
    }

    /// Ends a document or an array: writes its terminator and its length.
    ///
    /// - Precondition: it is shorter than 2 GiB, as everything is that was made of one document.
    public mutating func endBSON(from start: Int) {
        append(0)
        guard let length = Int32(exactly: count - start) else { preconditionFailure("a document has less than 2 GiB") }
        for index in 0..<4 { self[start + index] = UInt8(truncatingIfNeeded: length >> Int32(8 * index)) }
    }

    /// Appends a number, least significant byte first.
    public mutating func append<Number: FixedWidthInteger & UnsignedInteger>(littleEndian number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    /// Appends the value of a string: its length, its bytes and the terminator.
    public mutating func append(bsonString text: Span<UInt8>) {
        append(littleEndian: UInt32(text.count + 1))
        append(text)
        append(0)
    }
}

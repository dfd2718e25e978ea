extension BSONValue {
    /// How the value relates to another one in the server's order of all values, without a collation: below zero where
    /// it comes before, zero where the server calls both equal.
    ///
    /// Kinds come in the order of ``BSONType/rank``. Numbers of all four types compare exactly; NaN is equal to itself
    /// and less than every other number. Documents compare element by element: by kind, then by name, then by value, so
    /// that the order of the fields counts.
    ///
    /// - Throws: where a nested document is malformed, or nested deeper than 250.
    public func order(to other: borrowing BSONValue) throws(WireError) -> Int {
        try Self.order(of: self, to: other, depth: 0)
    }

    private static func order(
        of left: borrowing BSONValue, to right: borrowing BSONValue, depth: Int
    ) throws(WireError) -> Int {
        guard left.type.rank == right.type.rank else { return left.type.rank < right.type.rank ? -1 : 1 }
        switch left.type {
        case .minKey, .undefined, .null, .maxKey: return 0
        case .double, .int32, .int64, .decimal128: return numericOrder(of: left, to: right)
        case .string, .symbol, .code: return byteOrder(left.text, right.text)
        case .document, .array: return try order(of: left.document, to: right.document, depth: depth)
        case .binary:
            let lengths = left.bytes.count - right.bytes.count
            guard lengths == 0 else { return lengths }
            // The subtype stands before the bytes and decides first.
            return byteOrder(left.bytes.extracting(4..<left.bytes.count), right.bytes.extracting(4..<right.bytes.count))
        case .objectID, .boolean: return byteOrder(left.bytes, right.bytes)
        case .date: return compare(left.dateMilliseconds, right.dateMilliseconds)
        case .timestamp: return compare(left.word, right.word)
        case .regex:
            let patterns = byteOrder(left.pattern, right.pattern)
            return patterns == 0 ? byteOrder(left.options, right.options) : patterns
        case .dbPointer:
            let lengths = left.bytes.count - right.bytes.count
            return lengths == 0 ? byteOrder(left.bytes, right.bytes) : lengths
        case .codeWithScope:
            let codes = byteOrder(left.text, right.text)
            return codes == 0 ? try order(of: left.document, to: right.document, depth: depth) : codes
        }
    }

    private static func order(
        of left: borrowing BSONDocument, to right: borrowing BSONDocument, depth: Int
    ) throws(WireError) -> Int {
        guard depth < BSONLayout.depthMax else { throw .malformed("BSON nested too deep") }
        var left = left.elements
        var right = right.elements
        while try left.advance() {
            guard try right.advance() else { return 1 }
            let kinds = Int(left.type.rank) - Int(right.type.rank)
            if kinds != 0 { return kinds }
            let names = byteOrder(left.name, right.name)
            if names != 0 { return names }
            let values = try order(of: left.value, to: right.value, depth: depth + 1)
            if values != 0 { return values }
        }
        return try right.advance() ? -1 : 0
    }

    private var word: UInt64 { BSONLayout.number(in: bytes, from: 0) }

    // MARK: Numbers

    /// How two numbers relate, exactly.
    private static func numericOrder(of left: borrowing BSONValue, to right: borrowing BSONValue) -> Int {
        if let left = left.integer, let right = right.integer { return compare(left, right) }
        if left.type == .double, right.type == .double {
            let (left, right) = (left.double, right.double)
            if left.isNaN || right.isNaN { return compare(left.isNaN ? 0 : 1, right.isNaN ? 0 : 1) }
            return compare(left, right)
        }
        let (left, right) = (left.exactNumber, right.exactNumber)
        if left.isNaN || right.isNaN { return compare(left.isNaN ? 0 : 1, right.isNaN ? 0 : 1) }
        return left.order(to: right)
    }

    /// The exact value of a number; the sign of a zero is the only thing that it does not say.
    ///
    /// - Precondition: the value is a number.
    public var exactNumber: ExactDecimal {
        switch type {
        case .double: return ExactDecimal(exactly: double)
        case .decimal128: return ExactDecimal(decimal)
        default:
            guard let integer else { preconditionFailure("only numbers have a number") }
            return ExactDecimal(integer)
        }
    }

    private static func compare<Number: Comparable>(_ left: Number, _ right: Number) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }

    /// Byte by byte, and where one is the beginning of the other the shorter first.
    private static func byteOrder(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return Int(left[index]) - Int(right[index])
        }
        return left.count - right.count
    }
}

/// Where a value stands within a run of bytes that holds a document: a way into nested values without a view for each.
public struct BSONPlace: Hashable, Sendable {
    public let type: BSONType
    /// The value's bytes, without its type and name.
    public let range: Range<Int>

    /// The value of an element that fills the bytes, as a cell does.
    public init(element bytes: Span<UInt8>) throws(WireError) {
        let element = try BSONElement(bytes)
        type = element.type
        range = bytes.count - element.value.bytes.count..<bytes.count
    }

    /// A value that fills the bytes.
    public init(value: borrowing BSONValue) {
        type = value.type
        range = 0..<value.bytes.count
    }

    init(type: BSONType, range: Range<Int>) {
        self.type = type
        self.range = range
    }

    /// The value, in the bytes that the place was found in.
    @_lifetime(copy bytes)
    public func value(in bytes: Span<UInt8>) throws(WireError) -> BSONValue {
        try BSONValue(type: type, bytes: bytes.extracting(range))
    }

    /// The first field of this name, where the value is a document that has one.
    public func field(_ name: Span<UInt8>, in bytes: Span<UInt8>) throws(WireError) -> BSONPlace? {
        guard type == .document else { return nil }
        var elements = try value(in: bytes).document.elements
        while try elements.advance() {
            if elements.name.isEqual(to: name) { return place(of: elements) }
        }
        return nil
    }

    /// The element at an index counted from zero, where the value is an array that is long enough.
    public func element(_ index: Int, in bytes: Span<UInt8>) throws(WireError) -> BSONPlace? {
        guard type == .array else { return nil }
        var elements = try value(in: bytes).document.elements
        var count = 0
        while try elements.advance() {
            if count == index { return place(of: elements) }
            count += 1
        }
        return nil
    }

    /// The elements in their order; none where the value is no array.
    public func elements(in bytes: Span<UInt8>) throws(WireError) -> [BSONPlace] {
        guard type == .array else { return [] }
        var elements = try value(in: bytes).document.elements
        var places: [BSONPlace] = []
        while try elements.advance() { places.append(place(of: elements)) }
        return places
    }

    private func place(of elements: borrowing BSONElements) -> BSONPlace {
        let end = range.lowerBound + elements.range.upperBound
        return BSONPlace(type: elements.type, range: end - elements.valueCount..<end)
    }
}

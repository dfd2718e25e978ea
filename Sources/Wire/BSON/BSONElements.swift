/// Walks over the elements of a document, one after the other, in their order.
///
/// ```swift
/// var elements = document.elements
/// while try elements.advance() { use(elements.name, elements.value) }
/// ```
public struct BSONElements: ~Escapable {
    private let document: Span<UInt8>
    private var next = 4
    /// Where the element stands in the document: its type, its name and its value.
    public private(set) var range = 0..<0
    private var nameEnd = 0
    /// The type of the element that ``advance()`` came to.
    public private(set) var type = BSONType.null

    /// - Precondition: the document's length and end were checked.
    @_lifetime(copy document)
    init(of document: Span<UInt8>) {
        self.document = document
    }

    /// Comes to the next element, or returns false behind the last one.
    ///
    /// - Throws: where the element is malformed; there is no way on from there.
    @_lifetime(self: copy self)
    public mutating func advance() throws(WireError) -> Bool {
        let end = document.count - 1
        guard next < end else {
            guard next == end else { throw .malformed("BSON document that ends early") }
            return false
        }
        guard let type = BSONType(rawValue: document[next]) else { throw .malformed("BSON type") }
        // The last byte of the document is its end and belongs to no element.
        let inner = document.extracting(0..<end)
        let start = try BSONLayout.endOfCString(in: inner, from: next + 1)
        let length = try BSONLayout.length(of: type, in: inner, from: start)
        guard type != .boolean || document[start] < 2 else { throw .malformed("BSON bool") }
        self.type = type
        nameEnd = start - 1
        range = next..<start + length
        next = start + length
        return true
    }

    /// The element's name without its terminator; nothing says that it is UTF-8, unique or not empty.
    public var name: Span<UInt8> {
        @_lifetime(copy self)
        get { document.extracting(range.lowerBound + 1..<nameEnd) }
    }

    /// The element's value.
    public var value: BSONValue {
        @_lifetime(copy self)
        get { BSONValue(type: type, checked: document.extracting(nameEnd + 1..<range.upperBound)) }
    }

    /// How many bytes the value takes.
    public var valueCount: Int { range.upperBound - nameEnd - 1 }

    /// The element as it stands in the document: what a cell of such a column holds.
    public var element: Span<UInt8> {
        @_lifetime(copy self)
        get { document.extracting(range) }
    }
}

/// A BSON document or array as a view of its bytes. Its length and its end are checked; its elements are when they are
/// read.
public struct BSONDocument: ~Escapable {
    public let bytes: Span<UInt8>

    /// The document of these bytes, which hold it and nothing more.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) throws(WireError) {
        guard try BSONLayout.documentLength(in: bytes, from: 0) == bytes.count else {
            throw .malformed("BSON document")
        }
        self.bytes = bytes
    }

    /// - Precondition: length and end were checked.
    @_lifetime(copy bytes)
    init(checked bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// The elements from the first on.
    public var elements: BSONElements {
        @_lifetime(copy self)
        get { BSONElements(of: bytes) }
    }

    /// Whether the document has no element.
    public var isEmpty: Bool { bytes.count == 5 }

    /// Checks everything: every length, every terminator, every type, at every depth.
    ///
    /// - Throws: where anything is malformed, or nested deeper than 250.
    public func validate() throws(WireError) {
        try Self.validate(self, depth: 0)
    }

    private static func validate(_ document: borrowing BSONDocument, depth: Int) throws(WireError) {
        guard depth < BSONLayout.depthMax else { throw .malformed("BSON nested too deep") }
        var elements = document.elements
        while try elements.advance() {
            switch elements.type {
            case .document, .array, .codeWithScope: try validate(elements.value.document, depth: depth + 1)
            default: break
            }
        }
    }
}

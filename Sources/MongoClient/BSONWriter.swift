public import Wire

/// Builds one BSON document, field by field.
///
/// Names are ours and never hold a zero byte.
public struct BSONWriter: Sendable {
    private var bytes: [UInt8] = [0, 0, 0, 0]

    public init() {}

    /// The document, whole.
    public var document: [UInt8] {
        var document = bytes
        document.append(0)
        var length = UInt32(document.count)
        for index in 0..<4 {
            document[index] = UInt8(truncatingIfNeeded: length)
            length >>= 8
        }
        return document
    }

    public mutating func append(_ name: String, int32 number: Int32) {
        begin(.int32, name)
        append(littleEndian: UInt32(bitPattern: number))
    }

    public mutating func append(_ name: String, int64 number: Int64) {
        begin(.int64, name)
        append(littleEndian: UInt64(bitPattern: number))
    }

    public mutating func append(_ name: String, _ flag: Bool) {
        begin(.boolean, name)
        bytes.append(flag ? 1 : 0)
    }

    public mutating func append(_ name: String, _ text: String) {
        begin(.string, name)
        append(littleEndian: UInt32(text.utf8.count + 1))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    public mutating func append(_ name: String, _ timestamp: MongoTimestamp) {
        begin(.timestamp, name)
        append(littleEndian: timestamp.increment)
        append(littleEndian: timestamp.seconds)
    }

    /// Appends a whole document that was made elsewhere.
    public mutating func append(_ name: String, document: [UInt8]) {
        begin(.document, name)
        bytes.append(contentsOf: document)
    }

    /// Appends a value as it stands elsewhere.
    public mutating func append(_ name: String, _ value: borrowing BSONValue) {
        begin(value.type, name)
        bytes.append(value.bytes)
    }

    public mutating func append(_ name: String, _ fill: (inout BSONWriter) -> Void) {
        var inner = BSONWriter()
        fill(&inner)
        append(name, document: inner.document)
    }

    /// Appends an array whose elements were appended to a writer under the names 0, 1, 2 and so on.
    public mutating func append(_ name: String, array: BSONWriter) {
        begin(.array, name)
        bytes.append(contentsOf: array.document)
    }

    /// Appends an array of documents.
    public mutating func append(_ name: String, documents: [[UInt8]]) {
        begin(.array, name)
        var inner = BSONWriter()
        for (index, document) in documents.enumerated() { inner.append(String(index), document: document) }
        bytes.append(contentsOf: inner.document)
    }

    /// Appends an array of texts.
    public mutating func append(_ name: String, texts: [String]) {
        begin(.array, name)
        var inner = BSONWriter()
        for (index, text) in texts.enumerated() { inner.append(String(index), text) }
        bytes.append(contentsOf: inner.document)
    }

    /// Appends an array of the values of elements, each as type, name and value.
    ///
    /// - Throws: where one of them is no element.
    public mutating func append(_ name: String, valuesOf elements: [[UInt8]]) throws(WireError) {
        begin(.array, name)
        var inner = BSONWriter()
        for (index, element) in elements.enumerated() {
            inner.append(String(index), try BSONElement(element.span).value)
        }
        bytes.append(contentsOf: inner.document)
    }

    /// Appends an element as it stands elsewhere: type, name and value.
    public mutating func append(element: Span<UInt8>) {
        bytes.append(element)
    }

    private mutating func begin(_ type: BSONType, _ name: String) {
        bytes.append(type.rawValue)
        bytes.append(contentsOf: name.utf8)
        bytes.append(0)
    }

    private mutating func append<Number: FixedWidthInteger & UnsignedInteger>(littleEndian number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }
}

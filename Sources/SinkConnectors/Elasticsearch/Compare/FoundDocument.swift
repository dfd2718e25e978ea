internal import Wire

/// What the cluster says of one document that was asked for by its id; the ranges stand in the answer's bytes.
struct FoundDocument: Equatable {
    var isFound = false
    var version: Int64?
    /// The document as JSON.
    var source: Range<Int>?
    /// The raw text of the error's type, where the document could not be looked for.
    var errorType: Range<Int>?

    /// Reads every document of an answer, in order.
    static func read(_ bytes: Span<UInt8>) throws(WireError) -> [FoundDocument] {
        var documents: [FoundDocument] = []
        var scanner = JSONScanner(bytes)
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            guard bytes.extracting(key).isEqual(to: "docs") else {
                _ = try scanner.skipValue()
                continue
            }
            try scanner.enterArray()
            while try scanner.nextElement() { documents.append(try read(&scanner, in: bytes)) }
        }
        try scanner.expectEnd()
        return documents
    }

    private static func read(_ scanner: inout JSONScanner, in bytes: Span<UInt8>) throws(WireError) -> FoundDocument {
        var document = FoundDocument()
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let name = bytes.extracting(key)
            if name.isEqual(to: "found") {
                document.isFound = try scanner.readBoolean()
            } else if name.isEqual(to: "_version") {
                document.version = try scanner.readInteger()
            } else if name.isEqual(to: "_source") {
                document.source = try scanner.skipValue()
            } else if name.isEqual(to: "error") {
                document.errorType = try readErrorType(&scanner, in: bytes)
            } else {
                _ = try scanner.skipValue()
            }
        }
        return document
    }

    private static func readErrorType(
        _ scanner: inout JSONScanner, in bytes: Span<UInt8>
    ) throws(WireError) -> Range<Int> {
        guard try scanner.peek() == UInt8(ascii: "{") else {
            _ = try scanner.skipValue()
            return 0..<0
        }
        var type = 0..<0
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let isType = bytes.extracting(key).isEqual(to: "type")
            if isType, try scanner.peek() == UInt8(ascii: "\"") {
                type = try scanner.readString()
            } else {
                _ = try scanner.skipValue()
            }
        }
        return type
    }
}

internal import Wire

/// One page of a scrolled search; the ranges stand in the response's bytes.
struct ScrollPage {
    /// One document of the page.
    struct Hit: Equatable {
        /// Raw JSON text, without the quotes, as the id and the routing too.
        var index: Range<Int>
        var id: Range<Int>
        var routing: Range<Int>?
        var version: Int64
        /// The document as JSON.
        var source: Range<Int>?
    }

    var scrollID: String?
    var hits: [Hit] = []

    init(_ bytes: Span<UInt8>) throws(WireError) {
        var scanner = JSONScanner(bytes)
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let name = bytes.extracting(key)
            if name.isEqual(to: "_scroll_id") {
                // An identity in base64: there is nothing to unescape.
                scrollID = String(decoding: bytes.extracting(try scanner.readString()))
            } else if name.isEqual(to: "hits") {
                hits = try Self.readHits(&scanner, in: bytes)
            } else {
                _ = try scanner.skipValue()
            }
        }
    }

    private static func readHits(_ scanner: inout JSONScanner, in bytes: Span<UInt8>) throws(WireError) -> [Hit] {
        var hits: [Hit] = []
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            guard bytes.extracting(key).isEqual(to: "hits") else {
                _ = try scanner.skipValue()
                continue
            }
            try scanner.enterArray()
            while try scanner.nextElement() { hits.append(try readHit(&scanner, in: bytes)) }
        }
        return hits
    }

    private static func readHit(_ scanner: inout JSONScanner, in bytes: Span<UInt8>) throws(WireError) -> Hit {
        var index: Range<Int>?
        var id: Range<Int>?
        var version: Int64?
        var routing: Range<Int>?
        var source: Range<Int>?
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let name = bytes.extracting(key)
            if name.isEqual(to: "_index") {
                index = try scanner.readString()
            } else if name.isEqual(to: "_id") {
                id = try scanner.readString()
            } else if name.isEqual(to: "_routing") {
                routing = try scanner.readString()
            } else if name.isEqual(to: "_version") {
                version = try scanner.readInteger()
            } else if name.isEqual(to: "_source") {
                source = try scanner.skipValue()
            } else {
                _ = try scanner.skipValue()
            }
        }
        guard let index, let id, let version else { throw .malformed("search response") }
        return Hit(index: index, id: id, routing: routing, version: version, source: source)
    }
}

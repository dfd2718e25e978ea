internal import Wire

/// Reads a bulk response item by item, in order, without building a tree.
///
/// Every item is read, whatever the response's own `errors` says: clients that trusted it have lost writes.
struct BulkResponseReader: ~Copyable, ~Escapable {
    private var scanner: JSONScanner

    /// Moves to the first item.
    ///
    /// - Throws: where the bytes are no bulk response.
    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) throws(WireError) {
        scanner = JSONScanner(bytes)
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            if bytes.extracting(key).isEqual(to: "items") {
                try scanner.enterArray()
                return
            }
            _ = try scanner.skipValue()
        }
        throw .malformed("bulk response")
    }

    /// The next item, or nil after the last, once the rest of the response has been read too.
    @_lifetime(self: copy self)
    mutating func next(in bytes: Span<UInt8>) throws(WireError) -> BulkItem? {
        guard try scanner.nextElement() else {
            while try scanner.nextKey() != nil { _ = try scanner.skipValue() }
            try scanner.expectEnd()
            return nil
        }
        try scanner.enterObject()
        guard try scanner.nextKey() != nil else { throw .malformed("bulk response") }
        let item = try readItem(in: bytes)
        guard try scanner.nextKey() == nil else { throw .malformed("bulk response") }
        return item
    }

    @_lifetime(self: copy self)
    private mutating func readItem(in bytes: Span<UInt8>) throws(WireError) -> BulkItem {
        var item = BulkItem(status: 0)
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let name = bytes.extracting(key)
            if name.isEqual(to: "status") {
                item.status = Int(try scanner.readInteger())
            } else if name.isEqual(to: "_seq_no") {
                item.sequence = try scanner.readInteger()
            } else if name.isEqual(to: "error") {
                try readError(in: bytes, into: &item)
            } else {
                _ = try scanner.skipValue()
            }
        }
        guard item.status != 0 else { throw .malformed("bulk response") }
        return item
    }

    @_lifetime(self: copy self)
    private mutating func readError(in bytes: Span<UInt8>, into item: inout BulkItem) throws(WireError) {
        item.errorType = 0..<0
        guard try scanner.peek() == UInt8(ascii: "{") else {
            _ = try scanner.skipValue()
            return
        }
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let name = bytes.extracting(key)
            guard try scanner.peek() == UInt8(ascii: "\"") else {
                _ = try scanner.skipValue()
                continue
            }
            let text = try scanner.readString()
            if name.isEqual(to: "type") {
                item.errorType = text
            } else if name.isEqual(to: "reason") {
                item.errorReason = text
            } else if name.isEqual(to: "index_uuid") {
                item.indexID = text
            }
        }
    }
}

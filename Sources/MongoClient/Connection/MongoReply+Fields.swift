internal import Wire

/// Single values of an answer, by the names that lead to them; nil where there is none of that type.
extension MongoReply {
    public func text(_ path: String...) -> String? {
        value(path) { $0.type == .string ? String(decoding: $0.text) : nil }
    }

    /// A whole number, whichever numeric type the server chose for it.
    public func integer(_ path: String...) -> Int64? {
        value(path) { $0.type == .double ? Int64(exactly: $0.double.rounded()) : $0.integer }
    }

    public func flag(_ path: String...) -> Bool? {
        value(path) { $0.type == .boolean ? $0.boolean : nil }
    }

    public func timestamp(_ path: String...) -> MongoTimestamp? {
        value(path) { $0.type == .timestamp ? MongoTimestamp($0.timestamp) : nil }
    }

    /// An ObjectId as 24 hexadecimal digits.
    public func objectID(_ path: String...) -> String? {
        value(path) { value in
            guard value.type == .objectID else { return nil }
            var text: [UInt8] = []
            text.append(hex: value.objectID)
            return String(decoding: text, as: UTF8.self)
        }
    }

    private func value<Found>(_ path: [String], _ read: (borrowing BSONValue) -> Found?) -> Found? {
        do {
            return try Self.find(path[...], in: BSONDocument(bytes), read)
        } catch {
            return nil
        }
    }

    private static func find<Found>(
        _ path: ArraySlice<String>, in document: borrowing BSONDocument, _ read: (borrowing BSONValue) -> Found?
    ) throws(WireError) -> Found? {
        guard let name = path.first else { return nil }
        var elements = document.elements
        while try elements.advance() {
            guard String(decoding: elements.name) == name else { continue }
            if path.count == 1 { return read(elements.value) }
            guard elements.type == .document || elements.type == .array else { return nil }
            return try find(path.dropFirst(), in: elements.value.document, read)
        }
        return nil
    }
}

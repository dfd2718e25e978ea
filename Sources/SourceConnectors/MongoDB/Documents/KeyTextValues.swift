internal import MongoClient
internal import Wire

/// The values that have one text in the key of a sink: the text 7, the number and the decimal 7.0 among them.
enum KeyTextValues {
    /// The elements of every scalar value whose key text may be that of this element's value, itself first.
    ///
    /// A reader compares key texts again: some of them may have another.
    static func sharing(_ element: [UInt8]) throws -> [[UInt8]] {
        let value = try BSONElement(element.span).value
        var bytes: [UInt8] = []
        try bytes.append(bsonKeyText: value)
        let text = String(decoding: bytes, as: UTF8.self)
        var values = [element]
        if value.type != .string {
            var string: [UInt8] = []
            string.append(bsonHead: .string)
            string.append(bsonString: bytes.span)
            values.append(string)
        }
        // Characters that would have to be quoted stand in none of the others.
        guard text.utf8.count <= 64, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) else {
            return values
        }
        for form in forms + (["true", "false"].contains(text) ? [text] : []) {
            guard let found = try? DocumentLookup.element(form.replacing("TEXT", with: text)),
                try !values.contains(where: { try isEqual($0, found) })
            else { continue }
            values.append(found)
        }
        return values
    }

    /// Other values in Extended JSON; what the text does not fit is no such value.
    private static let forms = [
        #"{"$oid": "TEXT"}"#, #"{"$numberDecimal": "TEXT"}"#, #"{"$numberDouble": "TEXT"}"#, #"{"$uuid": "TEXT"}"#,
        #"{"$date": "TEXT"}"#,
    ]

    /// Whether the server takes two values for equal.
    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) throws -> Bool {
        var keys: [[UInt8]] = []
        for element in [left, right] {
            var key: [UInt8] = []
            try key.append(bsonKey: BSONElement(element.span).value)
            keys.append(key)
        }
        return keys[0] == keys[1]
    }
}

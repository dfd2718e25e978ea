internal import Wire

// Fields of documents: what they hold is known of each value alone.
extension FieldEncoding {
    /// Appends a value as plain JSON. What the field's type does not have is written as text, or as it is where an array
    /// or an object stands for it, and Elasticsearch decides.
    func append(bson value: borrowing BSONValue, to body: inout [UInt8]) throws(WireError) -> Outcome {
        if isVerbatim {
            var text: [UInt8] = []
            try text.append(bsonText: value)
            guard UTF8Text.isValid(text.span) else { throw .malformed("UTF-8 text") }
            body.append(jsonString: text.span)
            return .written
        }
        if shape == .date, value.type == .date {
            let isPlain = BSONJSONForm.hasPlainDate(value.dateMilliseconds)
            body.append(UInt8(ascii: "\""))
            try body.append(bsonText: value)
            body.append(UInt8(ascii: "\""))
            return isPlain ? .written : .special
        }
        let start = body.count
        let form = BSONJSONForm.plain(.init(quotesDecimals: shape != .number))
        guard try body.append(bson: value, as: form) else {
            body.truncate(to: start)
            throw .malformed("UTF-8 text")
        }
        return shape == .number && body[start] == UInt8(ascii: "\"") ? .special : .written
    }
}

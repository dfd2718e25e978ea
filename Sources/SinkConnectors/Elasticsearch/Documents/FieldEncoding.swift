internal import Change
internal import Wire

/// How a column's cells become JSON values.
struct FieldEncoding: Hashable, Sendable {
    /// What a reader of the document finds in the field.
    enum Shape: Sendable {
        case boolean
        case number
        /// Digits in quotes, which keep every one of them from readers that know only doubles.
        case quotedNumber
        case text
        case date
        case json
        case base64
        case object
        /// Whatever a document's field holds.
        case dynamic
    }

    var shape: Shape
    /// Whether the field holds arrays of the shape.
    var isArray = false
    /// Whether the cell's own text is written, as one JSON string, whatever its type is.
    var isVerbatim = false
    /// Whether cells are BSON.
    var isDocument = false

    /// How a cell was written.
    enum Outcome {
        case written
        /// As a text that stands for a value which the field's type does not have, such as infinity.
        case special
    }

    /// Appends a cell of the type.
    ///
    /// - Throws: where the bytes are not the text of the type; nothing is written then.
    func append(_ cell: Span<UInt8>, of type: borrowing DataType, to body: inout [UInt8]) throws(WireError) -> Outcome {
        if isDocument { return try append(bson: BSONElement(cell).value, to: &body) }
        let start = body.count
        if isVerbatim {
            try append(verbatim: cell, to: &body)
            return .written
        }
        try type.appendJSON(of: cell, form: JSONForm(decimals: shape == .number ? .number : .text), to: &body)
        guard isSpecial(body[start], after: start, in: body) else { return .written }
        if isArray {
            // An array that does not count from one has no form that its field would take.
            body.removeSubrange(start...)
            try append(verbatim: cell, to: &body)
        }
        return .special
    }

    /// Whether what was written from `start` on is a value that the shape does not have.
    private func isSpecial(_ first: UInt8, after start: Int, in body: [UInt8]) -> Bool {
        if isArray { return first == UInt8(ascii: "{") }
        switch shape {
        case .number: return first == UInt8(ascii: "\"")
        case .date:
            let sign = body[start + 1] == UInt8(ascii: "-") ? 1 : 0
            return body[start + 1 + sign] == UInt8(ascii: "i")
        case .boolean, .quotedNumber, .text, .json, .base64, .object, .dynamic: return false
        }
    }

    private func append(verbatim cell: Span<UInt8>, to body: inout [UInt8]) throws(WireError) {
        let start = body.count
        guard body.append(jsonString: cell) else {
            body.removeSubrange(start...)
            throw .malformed("UTF-8 text")
        }
    }
}

extension FieldEncoding {
    /// Whether a field of a type takes what is written in this way, apart from special values.
    func fits(type: String, isEnabled: Bool) -> Bool {
        if type == "object", !isEnabled { return true }
        let isTextual = Self.textual.contains(type)
        return switch shape {
        case .boolean: type == "boolean" || isTextual
        // Elasticsearch reads numbers in quotes as numbers.
        case .number, .quotedNumber: isTextual || FieldType.numeric.contains(type)
        case .text: isTextual || Self.parsed.contains(type)
        case .date: isTextual || type == "date" || type == "date_nanos"
        case .json: ["object", "nested", "flattened", "flat_object"].contains(type) || Self.parsed.contains(type)
        case .base64: type == "binary" || isTextual
        case .object: type == "object" || type == "nested"
        // Each row tells.
        case .dynamic: true
        }
    }

    /// What is written, for people.
    var words: String {
        switch shape {
        case .boolean: "true and false"
        case .number: "numbers"
        case .quotedNumber: "numbers in quotes"
        case .text: "text"
        case .date: "dates"
        case .json: "JSON"
        case .base64: "base64"
        case .object: "objects"
        case .dynamic: "values of any type"
        }
    }

    private static let textual: Set<String> = [
        "text", "keyword", "wildcard", "match_only_text", "search_as_you_type", "completion", "constant_keyword",
        "annotated_text",
    ]
    /// Types that parse a form of their own.
    private static let parsed: Set<String> = [
        "ip", "version", "geo_point", "geo_shape", "point", "shape", "date", "date_nanos", "binary", "integer_range",
        "long_range", "float_range", "double_range", "date_range", "ip_range", "dense_vector", "rank_feature",
        "rank_features", "alias", "percolator", "join", "semantic_text",
    ]
}

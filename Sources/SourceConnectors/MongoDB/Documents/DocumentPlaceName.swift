internal import MongoClient
internal import Wire

/// A place in the documents of a collection, as a query names it.
///
/// The server reads `a.0` as a field and as an element, and looks through arrays: a query finds every document whose place
/// has the value, and perhaps others.
struct DocumentPlaceName {
    private let field: String
    private let steps: [BSONPath.Step]

    init(_ field: String, _ path: BSONPath) {
        self.field = field
        steps = path.steps
    }

    /// The condition that the place has one of these values, each an element.
    func condition(equalToAny values: [[UInt8]]) throws -> [UInt8] {
        guard let name = dotted else { return try expression(equalToAny: values) }
        // Each by itself: in a list a regular expression is a pattern, and a document must not begin with a dollar.
        var choices: [[UInt8]] = []
        for value in values {
            var comparison = BSONWriter()
            comparison.append("$eq", try BSONElement(value.span).value)
            var choice = BSONWriter()
            choice.append(name, document: comparison.document)
            choices.append(choice.document)
        }
        guard choices.count > 1 else { return choices[0] }
        var condition = BSONWriter()
        condition.append("$or", documents: choices)
        return condition.document
    }

    /// The place with dots between its names, which an index serves; nil where a name has a dot or a dollar of its own.
    private var dotted: String? {
        var names = [field]
        for step in steps {
            switch step {
            case .field(let name): names.append(String(decoding: name, as: UTF8.self))
            case .index(let index): names.append(String(index))
            }
        }
        guard names.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("$") && !$0.contains(".") }) else { return nil }
        return names.joined(separator: ".")
    }

    private func expression(equalToAny values: [[UInt8]]) throws -> [UInt8] {
        var place = Self.fieldOf(field, in: nil)
        for step in steps {
            switch step {
            case .field(let name): place = Self.fieldOf(String(decoding: name, as: UTF8.self), in: place)
            case .index(let index): place = Self.element(index, of: place)
            }
        }
        var literal = BSONWriter()
        try literal.append("$literal", valuesOf: values)
        var membership = BSONWriter()
        membership.append("$in", documents: [place.document, literal.document])
        var condition = BSONWriter()
        condition.append("$expr", document: membership.document)
        return condition.document
    }

    /// An element of what may be no array.
    private static func element(_ index: Int, of array: BSONWriter) -> BSONWriter {
        var operands = BSONWriter()
        operands.append("0", document: array.document)
        operands.append("1", int64: Int64(index))
        var element = BSONWriter()
        element.append("$arrayElemAt", array: operands)
        var guarded = BSONWriter()
        guarded.append("$cond") { choice in
            choice.append("if") { $0.append("$isArray", document: array.document) }
            choice.append("then", document: element.document)
            choice.append("else", false)
        }
        return guarded
    }

    private static func fieldOf(_ name: String, in document: BSONWriter?) -> BSONWriter {
        var access = BSONWriter()
        access.append("field") { $0.append("$literal", name) }
        if let document {
            access.append("input", document: document.document)
        } else {
            access.append("input", "$$ROOT")
        }
        var field = BSONWriter()
        field.append("$getField", document: access.document)
        return field
    }
}

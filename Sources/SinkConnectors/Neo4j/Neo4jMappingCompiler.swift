internal import Change
internal import Connector
internal import Wire

/// Reads the options of one mapping against the rows' shape, and finds everything that is wrong with them.
struct Neo4jMappingCompiler {
    struct Compiled {
        var form: GraphForm
        var key: [Int]
        var properties: [OutputField]
    }

    private static let forms = ["node", "relationship", "statement"]

    private let request: MappingRequest
    private var errors: [Diagnostic] = []

    private var values: OptionValues { request.options }
    private var schema: TableSchema { request.schema }

    init(_ request: MappingRequest) {
        self.request = request
    }

    mutating func compile() throws -> Compiled {
        let chosen = Self.forms.filter { values[$0] != nil }
        guard let name = chosen.first, chosen.count == 1 else {
            let names = Self.forms.map { "`\($0)`" }.joined(separator: ", ")
            throw ConfigurationErrors([
                values.error(
                    at: chosen.last ?? "", "exactly one of \(names) has to say what the rows become",
                    hint: chosen.isEmpty ? "such as node: User" : nil)
            ])
        }
        for option in ["start", "end", "each", "properties"] where values[option] != nil && name != "relationship" {
            errors.append(values.error(at: option, "`\(option)` means nothing for `\(name)`"))
        }
        let key = key()
        let form = form(name, key: key)
        let properties = properties(form, key: key)
        guard errors.isEmpty, let form else { throw ConfigurationErrors(errors) }
        return Compiled(form: form, key: key, properties: properties)
    }

    private mutating func key() -> [Int] {
        if let names = values.texts("key") {
            if names.isEmpty { errors.append(values.error(at: "key", "`key` names no column")) }
            return names.compactMap { request.column($0, of: "key", errors: &errors) }
        }
        if schema.primaryKey.isEmpty {
            errors.append(values.error(at: "", "\(schema.table) has no primary key: name the columns with `key`"))
        }
        return schema.primaryKey
    }

    private mutating func form(_ name: String, key: [Int]) -> GraphForm? {
        switch name {
        case "node":
            let labels = (values.text("node") ?? "").split(separator: ":", omittingEmptySubsequences: false).map(
                String.init)
            for label in labels { check(label, "label", at: "node") }
            let parts = key.map { GraphEnd.Part(property: request.writtenName(of: $0), value: .column($0)) }.sorted {
                $0.property < $1.property
            }
            for part in parts { check(part.property, "property", at: "key") }
            return .node(GraphEnd(label: labels[0], key: parts), labels: Array(labels.dropFirst()))
        case "relationship":
            let type = values.text("relationship") ?? ""
            check(type, "type", at: "relationship")
            let each = each()
            guard let start = end("start"), let end = end("end") else { return nil }
            let isTold = (start.key + end.key).contains { if case .element = $0.value { true } else { false } }
            if each != nil, !isTold {
                errors.append(
                    values.error(
                        at: "each", "no end names `this`: every element would lead to the same nodes",
                        hint: "such as end: {label: Tag, id: this}"))
            }
            return .relationship(type: type, start: start, end: end, each: each)
        default:
            let text = values.text("statement") ?? ""
            if !text.contains("$rows") {
                errors.append(
                    values.error(at: "statement", "the statement makes nothing of $rows", hint: "UNWIND $rows AS r …"))
            }
            return .statement(text)
        }
    }

    private mutating func end(_ option: String) -> GraphEnd? {
        guard let entries = values.textMap(option) else {
            errors.append(
                values.error(
                    at: "relationship", "`\(option)` is missing: the node at that end",
                    hint: "such as \(option): {label: User, id: user_id}"))
            return nil
        }
        guard let label = entries["label"], entries.count > 1 else {
            errors.append(
                values.error(at: option, "`\(option)` needs a `label`, and a column for each property of its key"))
            return nil
        }
        check(label, "label", at: option)
        var parts: [GraphEnd.Part] = []
        for (property, name) in entries.sorted(by: { $0.key < $1.key }) where property != "label" {
            check(property, "property", at: option)
            if let value = value(name, of: option) { parts.append(GraphEnd.Part(property: property, value: value)) }
        }
        return GraphEnd(label: label, key: parts)
    }

    /// The array that an entry makes relationships of, and what its elements add to them.
    private mutating func each() -> GraphEach? {
        guard let name = values.text("each") else {
            if values["properties"] != nil {
                errors.append(values.error(at: "properties", "`properties` are of an element: `each` names the array"))
            }
            return nil
        }
        guard let array = value(name, of: "each", isArray: true) else { return nil }
        var properties: [GraphEach.Property] = []
        for (property, name) in (values.textMap("properties") ?? [:]).sorted(by: { $0.key < $1.key }) {
            check(property, "property", at: "properties")
            if request.outputs.contains(where: { $0.name == property }) {
                errors.append(values.error(at: "properties", "\(property) is written already, from the row"))
            }
            if let value = value(name, of: "properties") {
                properties.append(GraphEach.Property(name: property, value: value))
            }
        }
        return GraphEach(array: array, properties: properties)
    }

    /// Where a name leads: to a column, along a path into a document, or along one into an element of `each`.
    private mutating func value(_ name: String, of option: String, isArray: Bool = false) -> GraphValue? {
        let parsed = BSONPath.parse(name)
        if !isArray, values["each"] != nil, let parsed, parsed.name == GraphEach.element {
            return .element(parsed.path)
        }
        if let index = schema.index(of: name) {
            if isArray, schema.types[index] != .bson {
                errors.append(values.error(at: option, "column \(name) is no array of a document"))
            }
            return .column(index)
        }
        guard schema.isOpen else {
            return request.column(name, of: option, errors: &errors).map { .column($0) }
        }
        guard let (field, path) = parsed else {
            errors.append(values.error(at: option, "\(TemplateError.badPath(name).reason)"))
            return nil
        }
        guard let index = schema.index(of: field) else { return .absent }
        guard schema.types[index] == .bson else {
            errors.append(values.error(at: option, "\(TemplateError.noDocument(field).reason)"))
            return nil
        }
        return .path(index, path, name)
    }

    /// Everything that is written, but for what a node is found by.
    private mutating func properties(_ form: GraphForm?, key: [Int]) -> [OutputField] {
        var properties = request.outputs
        if case .node = form { properties.removeAll { key.contains($0.column) } }
        for property in properties { check(property.name, "property", at: "") }
        return properties
    }

    private mutating func check(_ name: String, _ what: String, at option: String) {
        guard let reason = Cypher.problem(with: name) else { return }
        errors.append(values.error(at: option, "\(name.isEmpty ? "this" : name) cannot be a \(what): \(reason)"))
    }
}

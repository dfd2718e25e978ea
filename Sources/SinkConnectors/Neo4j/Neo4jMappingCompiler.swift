internal import Change
internal import Connector

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
        for option in ["start", "end"] where values[option] != nil && name != "relationship" {
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
            let parts = key.map { GraphEnd.Part(property: request.writtenName(of: $0), column: $0) }.sorted {
                $0.property < $1.property
            }
            for part in parts { check(part.property, "property", at: "key") }
            return .node(GraphEnd(label: labels[0], key: parts), labels: Array(labels.dropFirst()))
        case "relationship":
            let type = values.text("relationship") ?? ""
            check(type, "type", at: "relationship")
            guard let start = end("start"), let end = end("end") else { return nil }
            return .relationship(type: type, start: start, end: end)
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
            if let column = request.column(name, of: option, errors: &errors) {
                parts.append(GraphEnd.Part(property: property, column: column))
            }
        }
        return GraphEnd(label: label, key: parts)
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

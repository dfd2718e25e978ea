internal import Connector

/// What an existing index lacks, and what in it contradicts what will be written.
struct MappingComparison: Sendable {
    /// Fields to add, with their definitions.
    var missing: [String: JSONValue] = [:]
    /// One sentence for each field that cannot take what will be written.
    var conflicts: [String] = []
    /// One sentence for each field that takes it, but not as Millrace would have made it.
    var differences: [String] = []

    init(_ definition: IndexDefinition, with index: ExistingIndex) {
        let existing = index.properties
        for (name, property) in definition.properties where existing[name] == nil { missing[name] = property }
        for mapping in definition.mappings {
            for field in mapping.fields where field.refusal == nil {
                guard let property = existing[field.name] else { continue }
                compare(field, with: property)
            }
            if let field = mapping.options.deletedField, let type = existing[field]?["type"]?.text, type != "boolean" {
                conflicts.append("\(field) is \(type), and soft deletes need a boolean")
            }
            if let field = mapping.options.originField, let type = existing[field]?["type"]?.text, type != "keyword" {
                conflicts.append("\(field) is \(type), and the origin needs a keyword")
            }
            if mapping.routing == nil, index.mapping[["_routing", "required"]]?.boolean == true {
                conflicts.append("the index requires routing, and the mapping has none")
            }
        }
    }

    private mutating func compare(_ field: FieldPlan, with property: JSONValue) {
        let found = property["type"]?.text ?? "object"
        let wanted = field.type == "flattened" && found == "flat_object" ? "flat_object" : field.type
        if found == wanted {
            if field.property["ignore_malformed"]?.boolean == true, property["ignore_malformed"]?.boolean != true {
                differences.append("\(field.name) lacks ignore_malformed: rows with a special value there will park")
            }
        } else if field.encoding.fits(type: found, isEnabled: property["enabled"]?.boolean ?? true) {
            differences.append("\(field.name) is \(found) in the index, where Millrace would have made it \(wanted)")
        } else {
            conflicts.append("\(field.name) is \(found) in the index, which cannot take \(field.encoding.words)")
        }
    }
}

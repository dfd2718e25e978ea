internal import Connector
internal import Foundation

/// What an index must have for the mappings that write to it.
struct IndexDefinition: Sendable {
    let mappings: [ElasticsearchMapping]
    /// The fields and their definitions, of all mappings together.
    let properties: [String: JSONValue]
    /// What `mapping_file` holds, an empty object without one.
    let file: JSONValue

    /// - Precondition: there is a mapping.
    /// - Throws: ``ConfigurationErrors`` where the mappings want different things of one field, or the file is no JSON.
    init(_ mappings: [ElasticsearchMapping], product: ElasticsearchServer.Product) throws {
        precondition(!mappings.isEmpty, "an index is defined by its mappings")
        self.mappings = mappings
        var errors: [Diagnostic] = []
        let files = Set(mappings.compactMap(\.options.mappingFile))
        if files.count > 1 {
            errors.append(
                mappings[0].request.options.error(at: "mapping_file", "mappings that share an index share its file"))
        }
        file = Self.load(mappings, &errors)
        properties = Self.merge(mappings, file: file, product: product, &errors)
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    }

    /// The body that creates the index.
    func body(pipeline: String) -> JSONValue {
        let options = mappings[0].options
        var index = file[["settings", "index"]]?.object ?? [:]
        let outer = (file["settings"]?.object ?? [:]).filter { $0.key != "index" }
        for (name, value) in options.settings where index[name] == nil && outer["index.\(name)"] == nil {
            index[name] = .text(value)
        }
        if properties.count > 400, index["mapping.total_fields.limit"] == nil,
            outer["index.mapping.total_fields.limit"] == nil
        {
            index["mapping.total_fields.limit"] = .integer(Int64(properties.count * 4))
        }
        var body = file.object ?? [:]
        body["settings"] = .object(outer.merging(["index": .object(index)]) { $1 })
        var shape = file["mappings"]?.object ?? [:]
        if shape["dynamic"] == nil { shape["dynamic"] = .text(options.dynamic.rawValue) }
        if mappings.contains(where: { $0.routing != nil }), shape["_routing"] == nil {
            shape["_routing"] = ["required": true]
        }
        shape["properties"] = .object(properties)
        var meta = shape["_meta"]?.object ?? [:]
        meta["millrace"] = IndexOwner(pipeline: pipeline, mappings: mappings.map(\.request.name)).json
        shape["_meta"] = .object(meta)
        body["mappings"] = .object(shape)
        return .object(body)
    }

    private static func merge(
        _ mappings: [ElasticsearchMapping], file: JSONValue, product: ElasticsearchServer.Product,
        _ errors: inout [Diagnostic]
    ) -> [String: JSONValue] {
        let given = file[["mappings", "properties"]]?.object ?? [:]
        var properties: [String: JSONValue] = [:]
        for mapping in mappings {
            var wanted = mapping.fields.filter { $0.refusal == nil }.map { ($0.name, $0.property) }
            if let field = mapping.options.deletedField { wanted.append((field, ["type": "boolean"])) }
            if let field = mapping.options.originField { wanted.append((field, ["type": "keyword"])) }
            for (name, property) in wanted where given[name] == nil {
                let property = property.named(for: product)
                if let other = properties[name], other != property {
                    errors.append(
                        mapping.request.options.error(
                            at: "index", "another mapping of the same index gives the field \(name) another type",
                            hint: "write it under another name with `rename`, or set its type with `types`"))
                }
                properties[name] = property
            }
            if mappings.count > 1, mapping.options.originField == nil {
                errors.append(
                    mapping.request.options.error(
                        at: "index", "several mappings write to this index, and nothing tells their documents apart",
                        hint: "give each of them `origin_field: origin`"))
            }
        }
        return given.merging(properties) { $1 }
    }

    private static func load(_ mappings: [ElasticsearchMapping], _ errors: inout [Diagnostic]) -> JSONValue {
        guard let mapping = mappings.first(where: { $0.options.mappingFile != nil }),
            let name = mapping.options.mappingFile
        else { return [:] }
        let values = mapping.request.options
        let folder = URL(filePath: values.location(of: "mapping_file").file).deletingLastPathComponent()
        do {
            let value = try JSONValue(parsing: Array(Data(contentsOf: URL(filePath: name, relativeTo: folder))))
            guard value.object != nil else {
                errors.append(values.error(at: "mapping_file", "the file holds no JSON object"))
                return [:]
            }
            return value
        } catch is DecodingError {
            errors.append(values.error(at: "mapping_file", "the file is no JSON"))
        } catch {
            errors.append(values.error(at: "mapping_file", "the file cannot be read"))
        }
        return [:]
    }
}

extension JSONValue {
    /// The definition under the name that the product has for its type.
    func named(for product: ElasticsearchServer.Product) -> JSONValue {
        guard product == .openSearch, self["type"]?.text == "flattened" else { return self }
        return ["type": "flat_object"]
    }
}

internal import Change

// Fields of documents, whose types the values tell and not the columns.
extension FieldType {
    /// Without a type of its own such a field is kept whatever it holds, as JSON columns are.
    static func document(_ options: ElasticsearchMappingOptions) -> FieldType {
        var choice =
            switch options.json {
            case .stored:
                FieldType(
                    ["type": "object", "enabled": false], .dynamic,
                    loss: "kept whatever it holds, not searchable; name its type under `types` to search by it")
            case .object:
                FieldType(
                    ["type": "object", "dynamic": true], .dynamic,
                    loss: "rows whose fields change their type park, and so do values that are no objects")
            case .flattened:
                FieldType(
                    ["type": "flattened", "ignore_above": .integer(keywordCharactersMax)], .dynamic,
                    loss: "every leaf is searchable as a keyword; values that are no objects park")
            case .text: FieldType(["type": "text"], .dynamic, loss: "searchable as one text")
            }
        choice.encoding.isVerbatim = options.json == .text
        return choice
    }

    /// An object of whose fields some are named, by paths that begin with its own name. The others are kept, not searchable.
    static func object(
        _ parts: [String: String], of column: Column, named name: String, _ options: ElasticsearchMappingOptions
    ) throws(Refusal) -> FieldType {
        if let whole = options.types[name], whole != "object", whole != "nested" {
            throw Refusal(option: "types", message: "it is \(whole), and types are given to its fields")
        }
        var root = JSONValue.object([:])
        for (path, type) in parts.sorted(by: { $0.key < $1.key }) {
            let steps = path.dropFirst(name.utf8.count + 1).split(separator: ".", omittingEmptySubsequences: false)
                .map(String.init)
            guard steps.allSatisfy({ !$0.isEmpty }) else {
                throw Refusal(option: "types", message: "\(path) is no path to a field")
            }
            root = try field(
                steps[...], is: property(of: type, for: column, document(options), options), in: root, path)
        }
        var members = root.object ?? [:]
        members["type"] = .text(options.types[name] ?? "object")
        return FieldType(
            .object(members), .dynamic,
            loss: "fields without a type under `types` are kept, not searchable; values that are no objects park")
    }

    /// An object's definition with one more field, as deep as the path leads.
    private static func field(
        _ steps: ArraySlice<String>, is property: JSONValue, in object: JSONValue, _ path: String
    ) throws(Refusal) -> JSONValue {
        guard let name = steps.first else { return property }
        var members = object.object ?? [:]
        guard members["type"] == nil || members["properties"] != nil else {
            throw Refusal(option: "types", message: "\(path) lies within a field that has a type of its own")
        }
        members["dynamic"] = false
        var fields = members["properties"]?.object ?? [:]
        fields[name] = try field(steps.dropFirst(), is: property, in: fields[name] ?? .object([:]), path)
        members["properties"] = .object(fields)
        return .object(members)
    }

    /// How values are written to a field whose type the options name.
    static func documentEncoding(of type: String) -> FieldEncoding {
        switch type {
        case _ where numeric.contains(type): FieldEncoding(shape: .number)
        case "date", "date_nanos": FieldEncoding(shape: .date)
        default: FieldEncoding(shape: .dynamic)
        }
    }

    /// What a field of a named type does with values of other types, for people.
    static func documentLoss(of type: String, _ options: ElasticsearchMappingOptions) -> String {
        switch type {
        case _ where numeric.contains(type): special("what is no number", options)
        case "date", "date_nanos": special("what is no date of the years 1 to 9999", options)
        default: "a row whose value is not of this type parks"
        }
    }
}

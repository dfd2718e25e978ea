internal import Change

// Arrays, composites and ranges: fields of what they are made of.
extension FieldType {
    static func structured(_ type: DataType, _ options: ElasticsearchMappingOptions) throws(Refusal) -> FieldType {
        switch type {
        case .array(let element): try array(of: element, options)
        case .composite(let fields): try composite(fields, options)
        case .range(let bound): try range(of: bound, options)
        case .multirange(let bound): try multirange(of: bound, options)
        default: FieldType(keyword, .text)
        }
    }

    private static func array(of element: DataType, _ options: ElasticsearchMappingOptions) throws(Refusal) -> FieldType
    {
        var choice = try natural(element, sourceType: "", options)
        choice.encoding.isArray = true
        var losses = ["searchable by any element"]
        losses.append(special("an array that does not count from one", options))
        if let loss = choice.loss { losses.append(loss) }
        choice.loss = losses.joined(separator: "; ")
        // The text that stands for such an array must not make its row park.
        let hasLeniency = [.number, .date].contains(choice.encoding.shape)
        if hasLeniency, options.specialValues == .text, var members = choice.property.object {
            members["ignore_malformed"] = true
            choice.property = .object(members)
        }
        return choice
    }

    private static func composite(
        _ fields: [DataType.Field], _ options: ElasticsearchMappingOptions
    ) throws(Refusal) -> FieldType {
        var properties: [String: JSONValue] = [:]
        for field in fields {
            // A name that cannot be a field's, such as one with a dot, leaves the whole unsearched but kept.
            guard FieldName.problem(with: field.name) == nil else {
                return FieldType(["type": "object", "enabled": false], .object, loss: "not searchable")
            }
            properties[field.name] = try natural(field.type, sourceType: "", options).property
        }
        return FieldType(["type": "object", "properties": .object(properties)], .object)
    }

    private static func range(of bound: DataType, _ options: ElasticsearchMappingOptions) throws(Refusal) -> FieldType {
        let property = try natural(bound, sourceType: "", options).property
        return FieldType(
            [
                "type": "object",
                "properties": [
                    "lower": property, "upper": property, "bounds": ["type": "keyword"], "empty": ["type": "boolean"],
                ],
            ], .object, loss: "searchable by lower and upper")
    }

    private static func multirange(
        of bound: DataType, _ options: ElasticsearchMappingOptions
    ) throws(Refusal) -> FieldType {
        var choice = try range(of: bound, options)
        choice.loss = "searchable by lower and upper of any of its ranges"
        return choice
    }
}

internal import Change

extension FieldType {
    static let numeric: Set<String> = [
        "byte", "short", "integer", "long", "unsigned_long", "half_float", "float", "double", "scaled_float",
    ]
    private static let plain: Set<String> = [
        "text", "keyword", "wildcard", "boolean", "ip", "binary", "match_only_text", "search_as_you_type", "version",
        "completion", "geo_point", "geo_shape", "object", "nested", "flattened",
    ]
    private static let dates: Set<String> = ["date", "date_nanos"]

    /// The definition of a type that the options name for a field.
    static func property(
        of type: String, for column: Column, _ natural: FieldType, _ options: ElasticsearchMappingOptions
    ) throws(Refusal) -> JSONValue {
        if natural.property["type"]?.text == type, column.type != .bson { return natural.property }
        switch type {
        case "none": return ["type": "object", "enabled": false]
        case "keyword": return keyword
        case "text" where column.type == .bson: return Self.textWithKeyword
        case "scaled_float":
            guard case .decimal(_, let scale?) = column.type else {
                throw Refusal(option: "types", message: "scaled_float needs a decimal column with a declared scale")
            }
            return scaled(scale, options)
        case _ where dates.contains(type): return date(type, options)
        case _ where numeric.contains(type): return lenient(type, options)
        case _ where plain.contains(type): return ["type": .text(type)]
        default: throw Refusal(option: "types", message: "there is no type \(type)")
        }
    }
}

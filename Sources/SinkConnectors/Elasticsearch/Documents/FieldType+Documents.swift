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

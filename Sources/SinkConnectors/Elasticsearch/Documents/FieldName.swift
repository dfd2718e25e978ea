/// The rules for names of fields.
enum FieldName {
    /// The fields of every document that Elasticsearch keeps for itself.
    private static let reserved: Set<String> = [
        "_id", "_index", "_type", "_source", "_routing", "_version", "_seq_no", "_primary_term", "_ignored",
        "_field_names",
        "_size", "_meta", "_tier", "_doc_count", "_nested_path", "_uid", "_all", "_parent", "_timestamp", "_ttl",
        "_data_stream_timestamp", "_tsid",
    ]

    /// Why a name cannot be a field's; nil where it can.
    static func problem(with name: String) -> String? {
        if name.isEmpty { return "it has no name" }
        if reserved.contains(name) { return "Elasticsearch keeps the name for itself" }
        if name.contains(".") { return "a dot in a name means an object and its field" }
        if name.allSatisfy(\.isWhitespace) { return "its name is blank" }
        return nil
    }
}

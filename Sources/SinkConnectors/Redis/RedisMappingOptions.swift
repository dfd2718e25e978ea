internal import Connector

/// What an entry under `write:` may say of Redis.
enum RedisMappingOptions {
    static let descriptors = [
        OptionDescriptor("hash", .template, "The key: each row is a hash with a field for each column."),
        OptionDescriptor("json", .template, "The key: each row is a text that holds a JSON document."),
        OptionDescriptor("set", .template, "The key: each row is a `member` of a set."),
        OptionDescriptor("sorted_set", .template, "The key: each row is a `member` of a sorted set, with its `score`."),
        OptionDescriptor("stream", .template, "The key: each change, or each message, is an entry of a stream."),
        OptionDescriptor("delete", .template, "The key of something cached: it is deleted with every change."),
        OptionDescriptor("member", .template, "What the row is in its set or sorted set."),
        OptionDescriptor(
            "members", .column,
            "The column with an array of a document: the row is a set of its own, with a member for each element."),
        OptionDescriptor(
            "root", .column, "The column whose value is the JSON document, instead of an object of all columns."),
        OptionDescriptor(
            "score", .column,
            "The column that a sorted set orders by: a number or a time, which becomes milliseconds since 1970. A score "
                + "that a double cannot hold exactly parks the row."),
        OptionDescriptor(
            "ttl", .duration,
            "How long a key lives after its last change. A set or sorted set with a lifetime is only ever made whole, by "
                + "reading its rows again."),
        OptionDescriptor(
            "expires_at", .column, "The column with the time at which a hash or JSON key expires; null is never."),
        OptionDescriptor(
            "nulls", .choice(["omit", "empty", "null"]), default: "omit, in a JSON document null",
            "What null becomes: no field, an empty text (hash, stream), or null (json)."),
        OptionDescriptor(
            "decimals", .choice(["text", "number"]), default: "text",
            "Decimals in a JSON document: text keeps them exact for every reader."),
        OptionDescriptor(
            "bytes", .choice(CellText.Bytes.allCases.map(\.rawValue)), default: "base64",
            "What binary columns become; raw is not for json."),
        OptionDescriptor(
            "version_field", .text, default: "__v, of documents __millrace",
            "The field of a hash that holds the version it was written with."),
        OptionDescriptor(
            "kind_field", .text, default: "__op", "The field of a stream's entry that says what kind of change it is."),
        OptionDescriptor(
            "length_max", .integer(1...1_000_000_000), "How many entries a stream keeps, nearly; all without it."),
    ]

    /// Which forms an option has a meaning for; those that choose a form, and `bytes`, stand for themselves.
    static let forms: [String: Set<String>] = [
        "member": ["set", "sorted_set"],
        "members": ["set"],
        "root": ["json"],
        "score": ["sorted_set"],
        "ttl": ["hash", "json", "set", "sorted_set"],
        "expires_at": ["hash", "json", "set"],
        "nulls": ["hash", "json", "stream"],
        "decimals": ["json"],
        "bytes": ["hash", "json", "set", "stream"],
        "version_field": ["hash"],
        "kind_field": ["stream"],
        "length_max": ["stream"],
    ]
}

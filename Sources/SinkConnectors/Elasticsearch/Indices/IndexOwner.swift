/// Who created an index: kept in its mapping's `_meta`.
struct IndexOwner: Hashable, Sendable {
    var pipeline: String
    var mappings: [String]

    init(pipeline: String, mappings: [String]) {
        self.pipeline = pipeline
        self.mappings = mappings
    }

    /// Reads the owner out of an index's mapping; nil where Millrace did not create it.
    init?(_ mapping: JSONValue) {
        guard let owner = mapping[["_meta", "millrace"]], let pipeline = owner["pipeline"]?.text else { return nil }
        self.init(pipeline: pipeline, mappings: owner["mappings"]?.array?.compactMap(\.text) ?? [])
    }

    var json: JSONValue {
        ["pipeline": .text(pipeline), "mappings": .array(mappings.map { .text($0) })]
    }
}

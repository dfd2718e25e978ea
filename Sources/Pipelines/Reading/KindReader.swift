internal import Connector

/// What stands under `source:`, or one element under `sinks:`: a single key that names a kind, and the options below it.
struct KindReader<Kind> {
    /// `source` or `sink`.
    let what: String
    let example: String
    let kinds: [Kind]
    let name: (Kind) -> String

    struct Found {
        var kind: Kind
        /// Where the kind is named.
        var location: SourceLocation
        var options: [YAMLEntry]
    }

    func read(_ node: YAMLNode, named words: String, context: inout ReadingContext) -> Found? {
        guard let entries = context.entries(node, what: words, example: example) else { return nil }
        guard entries.count == 1, let entry = entries.first else {
            context.problems.error(
                at: entries.first?.key.location ?? node.location, "\(words) has one key, the kind of the \(what)",
                hint: "indent its options below it; \(example)")
            return nil
        }
        guard let kind = kinds.first(where: { name($0) == entry.key.value }) else {
            context.problems.error(
                at: entry.key.location, "there is no \(what) of the kind \(entry.key.value)",
                hint: NearestName.hint(for: entry.key.value, among: kinds.map(name)))
            return nil
        }
        guard let options = context.entries(entry.value, what: name(kind), example: example) else { return nil }
        return Found(kind: kind, location: entry.key.location, options: options)
    }
}

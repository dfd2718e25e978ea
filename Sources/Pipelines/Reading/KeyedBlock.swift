internal import Connector

/// A mapping whose keys are known: says which are not, and which are missing.
struct KeyedBlock {
    /// Where what the block belongs to is named.
    let location: SourceLocation
    let what: String
    private let entries: [String: YAMLEntry]

    /// - Parameters:
    ///   - what: names the block in messages, such as `redis`.
    ///   - valid: every key that may stand in it.
    init(
        _ entries: [YAMLEntry], what: String, at location: SourceLocation, valid: [String],
        context: inout ReadingContext
    ) {
        self.what = what
        self.location = location
        var known: [String: YAMLEntry] = [:]
        for entry in entries {
            guard valid.contains(entry.key.value) else {
                context.problems.error(
                    at: entry.key.location, "\(what) has no key \(entry.key.value)",
                    hint: NearestName.hint(for: entry.key.value, among: valid))
                continue
            }
            known[entry.key.value] = entry
        }
        self.entries = known
    }

    /// What stands under a key; nil where it is absent.
    subscript(key: String) -> YAMLNode? { entries[key]?.value }

    /// Where a key stands, or the whole block where it is absent.
    func location(of key: String) -> SourceLocation { entries[key]?.key.location ?? location }

    /// What stands under a key that must be there; nil, and a problem, where it is not.
    func required(_ key: String, example: String?, context: inout ReadingContext) -> YAMLNode? {
        if let entry = entries[key] { return entry.value }
        context.problems.error(at: location, "\(what) needs the key \(key)", hint: example)
        return nil
    }
}

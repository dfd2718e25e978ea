/// A point that stands where a write would go.
struct PointFinding {
    /// By name, those that the mapping writes.
    var fields: [String: QueryCell]

    /// The types that a measurement's fields have, by their names: several where its shards do not agree.
    typealias Types = [String: Set<String>]
}

internal import BoltCodec

/// A node or a relationship that stands where a write would go.
struct GraphFinding {
    /// One end of a relationship.
    struct End {
        var labels: [PackStreamValue]
        /// The properties that the mapping finds it by.
        var key: [PackStreamValue]
    }

    /// What the version's property holds.
    var version: PackStreamValue
    var isStub = false
    var labels: [PackStreamValue] = []
    /// The properties that a node is found by.
    var key: [PackStreamValue] = []
    /// Of a node those that the mapping writes, of a relationship all.
    var properties: [String: PackStreamValue]
    /// Where a relationship begins, and where it ends.
    var ends: [End] = []
}

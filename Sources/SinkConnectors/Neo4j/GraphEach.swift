/// Of a mapping whose rows have a relationship for each element of an array: which array, and what an element adds.
struct GraphEach: Sendable, Hashable {
    /// What stands for the element in the options, as in a condition on one.
    static let element = "this"

    var array: GraphValue
    var properties: [Property]

    struct Property: Sendable, Hashable {
        var name: String
        var value: GraphValue
    }
}

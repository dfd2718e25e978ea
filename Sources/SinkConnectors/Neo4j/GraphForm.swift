/// What the rows of a mapping are.
enum GraphForm: Sendable {
    /// A node, with labels beside the one that has the key.
    case node(GraphEnd, labels: [String])
    /// A relationship; or, where `each` is given, one for each element of an array.
    case relationship(type: String, start: GraphEnd, end: GraphEnd, each: GraphEach?)
    /// What the user's own statement makes of them.
    case statement(String)
}

/// What the rows of a mapping are.
enum GraphForm: Sendable {
    /// A node, with labels beside the one that has the key.
    case node(GraphEnd, labels: [String])
    case relationship(type: String, start: GraphEnd, end: GraphEnd)
    /// What the user's own statement makes of them.
    case statement(String)
}

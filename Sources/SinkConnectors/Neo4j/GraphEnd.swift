/// A node that is found by its key: one that a row is, or one that a relationship begins or ends at.
struct GraphEnd: Sendable, Hashable {
    /// The label that has the key.
    var label: String
    /// The properties that find the node, each with the column that gives its value, in the order of their names.
    var key: [Part]

    struct Part: Sendable, Hashable {
        var property: String
        /// Index into the mapping's schema.
        var column: Int
    }

    var columns: [Int] { key.map(\.column) }

    /// A pattern such as ``(a:`User` {`id`: r.a0})``.
    func pattern(_ variable: String, parameters: String) -> String {
        let terms = key.enumerated().map { "\(Cypher.name($1.property)): r.\(parameters)\($0)" }
        return "(\(variable):\(Cypher.name(label)) {\(terms.joined(separator: ", "))})"
    }
}

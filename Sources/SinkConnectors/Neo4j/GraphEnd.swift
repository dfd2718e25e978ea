/// A node that is found by its key: one that a row is, or one that a relationship begins or ends at.
struct GraphEnd: Sendable, Hashable {
    /// The label that has the key.
    var label: String
    /// The properties that find the node, each with where its value comes from, in the order of their names.
    var key: [Part]

    struct Part: Sendable, Hashable {
        var property: String
        var value: GraphValue

        var column: Int? { value.column }
    }

    var columns: [Int] { key.compactMap(\.column) }

    /// A pattern such as ``(a:`User` {`id`: r.a0})``.
    func pattern(_ variable: String, parameters: String, of map: String = "r") -> String {
        let terms = key.enumerated().map { "\(Cypher.name($1.property)): \(map).\(parameters)\($0)" }
        return "(\(variable):\(Cypher.name(label)) {\(terms.joined(separator: ", "))})"
    }
}

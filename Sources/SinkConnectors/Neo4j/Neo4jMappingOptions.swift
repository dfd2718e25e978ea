internal import Connector

/// What one entry under `write:` is told, beside the columns that it names.
struct Neo4jMappingOptions: Sendable, Hashable {
    enum Decimals: String, CaseIterable, Sendable {
        /// Exact text.
        case text
        case float
    }

    /// What becomes of a value that no property can hold.
    enum Unfit: String, CaseIterable, Sendable {
        /// Its text, or JSON.
        case text
        case park
    }

    var decimals: Decimals
    var unfit: Unfit

    static let descriptors: [OptionDescriptor] = [
        OptionDescriptor(
            "node", .text, "The label: each row is a node. Several are separated by colons; the first has the key."),
        OptionDescriptor("relationship", .text, "The type: each row is a relationship from `start` to `end`."),
        OptionDescriptor(
            "statement", .text,
            "A Cypher statement of your own, given `$rows`: a list of {row, key, version, deleted}. A row that was given "
                + "before is not given again."),
        OptionDescriptor(
            "key", .list(of: .column), default: "the primary key",
            "The columns that tell rows apart; of a node also the properties that find it."),
        OptionDescriptor(
            "start", .map(of: .text),
            "The node that a relationship begins at: its `label`, and for each property of its key the column or the path "
                + "into a document, such as `{label: User, id: user_id}` or `{label: Category, id: category.id}`."),
        OptionDescriptor("end", .map(of: .text), "The node that a relationship ends at, in the same form."),
        OptionDescriptor(
            "each", .text,
            "The column, or the path, with an array of a document: the row has a relationship for each element, which the "
                + "ends name `this`, such as `{label: Tag, id: this}` or `{label: Item, id: this.id}`."),
        OptionDescriptor(
            "properties", .map(of: .text),
            "Of `each`: what an element adds to its relationship, such as `{quantity: this.quantity}`."),
        OptionDescriptor(
            "decimals", .choice(Decimals.allCases.map(\.rawValue)), default: "text",
            "Decimals, which a property cannot hold: exact text, or the nearest float."),
        OptionDescriptor(
            "unfit", .choice(Unfit.allCases.map(\.rawValue)), default: "text",
            "Values that a property cannot hold, such as nested lists, lists with nulls, and infinite dates: their text, or "
                + "park the row."),
    ]

    init(_ values: OptionValues) {
        decimals = values.text("decimals").flatMap(Decimals.init) ?? .text
        unfit = values.text("unfit").flatMap(Unfit.init) ?? .text
    }
}

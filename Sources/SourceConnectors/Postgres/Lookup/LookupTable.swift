internal import Change
internal import PostgresClient

/// What a re-read by key has to know of a table; kept between re-reads and read again when it no longer holds.
struct LookupTable: Sendable {
    /// `"namespace"."name"`.
    var name: String
    /// The same in a FROM clause.
    var from: String
    /// What values of a column are cast to, by column.
    var casts: [String: String]

    init(_ facts: TableFacts) throws {
        name = try Quoting.quoted(namespace: facts.table.namespace, name: facts.table.name)
        from = try facts.from()
        casts = Dictionary(facts.columns.map { ($0.name, $0.castName) }) { first, _ in first }
    }
}

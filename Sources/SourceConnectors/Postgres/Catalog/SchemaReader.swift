internal import Change
internal import PostgresClient

/// Makes schemas from the catalog, exactly as the stream's decoder makes them from its messages.
struct SchemaReader {
    private var types = TypeCatalog()

    /// The schema of a table's published columns; generated columns are never among them.
    ///
    /// - Parameter published: The names of the published columns; nil for all.
    mutating func schema(
        of facts: TableFacts, published: Set<String>? = nil, on session: PostgresConnection
    ) throws -> TableSchema {
        let columns = Self.published(facts, published)
        let missing = Set(columns.map(\.type).filter { !types.knows($0) })
        if !missing.isEmpty {
            types.add(try session.types(missing))
            for oid in missing where !types.knows(oid) { types.addUnknown(oid) }
        }
        let identity = facts.identityColumns
        return TableSchema(
            id: UInt64(facts.id), table: facts.table,
            columns: columns.map { column in
                Column(
                    name: column.name, type: types.meaning(of: column.type, modifier: column.modifier),
                    sourceType: types.sourceType(of: column.type, modifier: column.modifier),
                    isIdentity: identity.contains(column.number))
            },
            identity: facts.identity,
            primaryKey: Self.places(of: facts.primaryKey, in: columns))
    }

    /// The schemas of these tables as these publications publish them.
    static func schemas(
        of tables: [TableFacts], in publications: [String], on session: PostgresConnection
    ) throws -> [TableSchema] {
        let publications = try PublicationFacts.read(publications, on: session).values
        var reader = SchemaReader()
        return try tables.map { facts in
            let member = publications.lazy.compactMap { $0.members[facts.id] }.first
            return try reader.schema(of: facts, published: member?.columns, on: session)
        }
    }

    /// The columns that the stream gives, in the table's order.
    static func published(_ facts: TableFacts, _ names: Set<String>?) -> [TableFacts.ColumnFacts] {
        facts.columns.filter { !$0.isGenerated && names?.contains($0.name) != false }
    }

    /// Where the columns of a key stand; empty where one of them is not published.
    static func places(of numbers: [Int], in columns: [TableFacts.ColumnFacts]) -> [Int] {
        let places = numbers.compactMap { number in columns.firstIndex { $0.number == number } }
        return places.count == numbers.count ? places : []
    }
}

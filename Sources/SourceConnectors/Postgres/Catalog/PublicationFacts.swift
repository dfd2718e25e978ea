internal import Change
internal import PostgresClient

/// What the server says of one publication.
struct PublicationFacts: Sendable {
    /// One published table.
    struct Member: Sendable, Equatable {
        var id: UInt32
        var table: TableName
        /// The published columns by name; nil where the server knows no column lists.
        var columns: Set<String>?
        /// The expression of the row filter, as the server prints it.
        var rowFilter: String?
    }

    var name: String
    var coversAllTables: Bool
    var insert: Bool
    var update: Bool
    var delete: Bool
    var truncate: Bool
    var viaRoot: Bool
    var isOwned: Bool
    /// Whether Millrace created it, by the comment it leaves.
    var isOurs: Bool
    var members: [UInt32: Member] = [:]

    /// Reads the publications of these names that exist, by name.
    static func read(_ names: [String], on session: PostgresConnection) throws -> [String: PublicationFacts] {
        let list = ArrayLiteral.text(names)
        var publications: [String: PublicationFacts] = [:]
        for row in try session.query(publicationStatement, [list, comment]).rows {
            var cells = CellReader(row)
            let publication = PublicationFacts(
                name: try cells.text(), coversAllTables: try cells.boolean(), insert: try cells.boolean(),
                update: try cells.boolean(), delete: try cells.boolean(), truncate: try cells.boolean(),
                viaRoot: try cells.boolean(), isOwned: try cells.boolean(), isOurs: try cells.boolean())
            publications[publication.name] = publication
        }
        for row in try session.query(memberStatement(session.serverVersion), [list]).rows {
            var cells = CellReader(row)
            let name = try cells.text()
            let id = UInt32(truncatingIfNeeded: try cells.unsigned())
            let table = TableName(namespace: try cells.text(), name: try cells.text())
            let rowFilter = try cells.optional()
            let column = try cells.optional()
            var member =
                publications[name]?.members[id]
                ?? Member(id: id, table: table, columns: column == nil ? nil : [], rowFilter: rowFilter)
            if let column { member.columns?.insert(column) }
            publications[name]?.members[id] = member
        }
        return publications
    }

    /// How these publications publish a table; nil where none does.
    static func member(
        _ facts: TableFacts, of names: [String], on session: PostgresConnection
    ) throws -> Member? {
        let publications = try read(names, on: session)
        return names.lazy.compactMap { publications[$0]?.members[facts.id] }.first
    }

    /// Marks a publication as created by Millrace, so that `remove` may drop it.
    static let comment = "Created by Millrace"

    private static let publicationStatement = """
        SELECT p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
            pg_has_role(p.pubowner, 'USAGE'), COALESCE(obj_description(p.oid, 'pg_publication') = $2, false)
        FROM pg_publication p WHERE p.pubname = ANY ($1::text[])
        """

    private static func memberStatement(_ version: Int) -> String {
        let knowsLists = version >= 150_000
        return """
            SELECT t.pubname, c.oid, t.schemaname, t.tablename, \(knowsLists ? "t.rowfilter" : "NULL"),
                \(knowsLists ? "a.name" : "NULL")
            FROM pg_publication_tables t
            JOIN pg_namespace n ON n.nspname = t.schemaname
            JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
            \(knowsLists ? "LEFT JOIN LATERAL unnest(t.attnames) a(name) ON true" : "")
            WHERE t.pubname = ANY ($1::text[])
            """
    }
}

internal import Change
internal import PostgresClient

extension TableFacts {
    /// Reads the facts of every one of these tables that exists.
    static func read(_ tables: [TableName], on session: PostgresConnection) throws -> [TableFacts] {
        let names = [ArrayLiteral.text(tables.map(\.namespace)), ArrayLiteral.text(tables.map(\.name))]
        return try read(where: Self.byName, names, on: session)
    }

    /// Reads the facts of the table with this oid, if there is one.
    static func read(id: UInt32, on session: PostgresConnection) throws -> TableFacts? {
        try read(where: "c.oid = $1::oid", [String(id)], on: session).first
    }

    private static func read(
        where condition: String, _ parameters: [String?], on session: PostgresConnection
    ) throws -> [TableFacts] {
        // One statement, so that the columns and the key are of the same moment.
        let result = try session.query(statement(condition), parameters)
        var facts: [TableFacts] = []
        for row in result.rows {
            var cells = CellReader(row)
            let table = try table(&cells)
            if facts.last?.id != table.id { facts.append(table) }
            if let column = try column(&cells) { facts[facts.count - 1].columns.append(column) }
        }
        return facts
    }

    private static func table(_ cells: inout CellReader) throws -> TableFacts {
        let id = UInt32(truncatingIfNeeded: try cells.unsigned())
        let table = TableName(namespace: try cells.text(), name: try cells.text())
        let kind = Kind(rawValue: try cells.text()) ?? .other
        let isPermanent = try cells.text() == "p"
        let isPartition = try cells.boolean()
        let identityKind = try cells.text()
        let identityName = try cells.optional()
        return TableFacts(
            id: id, table: table, kind: kind, isPermanent: isPermanent, isPartition: isPartition,
            identity: identity(identityKind, index: identityName), hasRowSecurity: try cells.boolean(),
            maySelect: try cells.boolean(), isOwned: try cells.boolean(), rowsEstimated: try cells.integer(),
            bytesEstimated: try cells.integer(), storage: try cells.text(), columns: [],
            primaryKey: try numbers(&cells), identityIndex: try numbers(&cells))
    }

    private static func column(_ cells: inout CellReader) throws -> ColumnFacts? {
        guard let number = try cells.optionalInteger() else { return nil }
        return ColumnFacts(
            number: number, name: try cells.text(), type: UInt32(truncatingIfNeeded: try cells.unsigned()),
            modifier: Int32(truncatingIfNeeded: try cells.integer()), castName: try cells.text(),
            isGenerated: try cells.boolean())
    }

    private static func identity(_ kind: String, index: String?) -> ReplicaIdentity {
        switch kind {
        case "f": .full
        case "n": .nothing
        case "i": index.map { .index($0) } ?? .nothing
        default: .primaryKey
        }
    }

    /// Numbers with spaces between them.
    private static func numbers(_ cells: inout CellReader) throws -> [Int] {
        try cells.optional()?.split(separator: " ").compactMap { Int($0) } ?? []
    }

    private static let byName =
        "(n.nspname, c.relname) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND c.relkind NOT IN ('i', 'I')"

    // A replica identity index counts only while it is valid; the primary key is one when the identity is the default.
    private static func statement(_ condition: String) -> String {
        """
        SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relispartition, c.relreplident,
            (SELECT ic.relname FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                WHERE i.indrelid = c.oid AND i.indisreplident AND i.indisvalid AND i.indislive),
            c.relrowsecurity, has_table_privilege(c.oid, 'SELECT'), pg_has_role(c.relowner, 'USAGE'),
            size.rows, size.bytes, size.storage,
            \(keyColumns("pk")),
            CASE c.relreplident WHEN 'd' THEN \(keyColumns("pk")) WHEN 'i' THEN
                (SELECT \(keyColumns("i")) FROM pg_index i
                    WHERE i.indrelid = c.oid AND i.indisreplident AND i.indisvalid AND i.indislive) END,
            a.attnum, a.attname, a.atttypid, a.atttypmod, format_type(a.atttypid, -1),
            a.attgenerated <> ''
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_index pk ON pk.indrelid = c.oid AND pk.indisprimary AND pk.indisvalid
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(GREATEST(p.reltuples, 0)), 0)::bigint AS rows,
                COALESCE(sum(CASE WHEN p.relkind = 'r' THEN pg_table_size(p.oid) ELSE 0 END), 0)::bigint AS bytes,
                COALESCE(string_agg(p.oid || ':' || p.relfilenode, ' ' ORDER BY p.oid)
                    FILTER (WHERE p.relkind = 'r'), '') AS storage
            FROM pg_class p WHERE p.oid = c.oid
                OR (c.relkind = 'p' AND p.oid IN (SELECT relid FROM pg_partition_tree(c.oid)))
        ) size
        WHERE \(condition)
        ORDER BY c.oid, a.attnum
        """
    }

    /// The numbers of an index's key columns, without those it only includes.
    private static func keyColumns(_ index: String) -> String {
        "array_to_string((\(index).indkey::int2[])[0:\(index).indnkeyatts - 1], ' ')"
    }
}

internal import Change
internal import Connector
internal import PostgresClient

extension PostgresSource {
    /// An index helps where it covers every row and begins with one of the columns.
    func missingIndex(on columns: [String], of table: TableName) async throws -> String? {
        try await ask("reading the indices of \(table)") { session in
            let found = try session.query(Self.hasIndex, [table.namespace, table.name, ArrayLiteral.text(columns)])
            guard found.rows.first?.first.flatMap({ $0 }) == "f" else { return nil }
            let names = try columns.map { try Quoting.quoted(identifier: $0) }.joined(separator: ", ")
            return "CREATE INDEX ON \(try Quoting.quoted(namespace: table.namespace, name: table.name)) (\(names));"
        }
    }

    private static let hasIndex = """
        SELECT EXISTS (SELECT FROM pg_index i
            JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = ANY($3::text[])
                AND i.indisvalid AND i.indpred IS NULL AND m.amname IN ('btree', 'hash'))
        """
}

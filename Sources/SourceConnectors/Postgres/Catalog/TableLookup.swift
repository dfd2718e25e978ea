internal import Change
internal import Connector
internal import PostgresClient

/// Finds the pipeline's tables in the catalog.
enum TableLookup {
    /// The facts of these tables, in their order.
    ///
    /// - Throws: ``ConfigurationErrors`` that name every table which does not exist.
    static func find(
        _ tables: [TableName], in options: PostgresSourceOptions, on session: PostgresConnection
    ) throws -> [TableFacts] {
        let found = Dictionary(try TableFacts.read(tables, on: session).map { ($0.table, $0) }) { first, _ in first }
        let missing = tables.filter { found[$0] == nil }
        guard missing.isEmpty else {
            throw ConfigurationErrors(try diagnostics(for: missing, in: options, on: session))
        }
        return tables.compactMap { found[$0] }
    }

    /// One error for each table that does not exist, with the nearest that does.
    static func diagnostics(
        for missing: [TableName], in options: PostgresSourceOptions, on session: PostgresConnection
    ) throws -> [Diagnostic] {
        let existing = try session.query(
            """
            SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
                AND NOT starts_with(n.nspname, 'pg_toast')
            ORDER BY 1 LIMIT 10000
            """
        ).rows.compactMap { $0[0] }
        return missing.map { table in
            let nearest = NearestName.of(table.description, among: existing)
            return Diagnostic(
                .error, at: options.tablesLocation, "table \(table) does not exist",
                hint: nearest.map { "did you mean \($0)?" })
        }
    }
}

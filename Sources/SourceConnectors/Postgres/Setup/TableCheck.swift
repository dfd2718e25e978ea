internal import Change
internal import Connector
internal import PostgresClient

/// Checks the pipeline's tables: whether they can be read, and what the stream will say of their changes.
struct TableCheck {
    let options: PostgresSourceOptions
    let server: ServerFacts

    @available(*, noasync)
    func run(_ tables: [TableFacts], on session: PostgresConnection) throws -> [Diagnostic] {
        var findings: [Diagnostic] = []
        for table in tables {
            findings += try check(table)
            if table.kind == .partitioned { findings += try checkPartitions(of: table, on: session) }
        }
        return findings
    }

    private func check(_ table: TableFacts) throws -> [Diagnostic] {
        guard table.isCoverable else {
            return [finding(.error, "\(table.table) cannot be read: \(TableCoverage.reason(for: table))")]
        }
        var findings: [Diagnostic] = []
        let name = try Quoting.quoted(namespace: table.table.namespace, name: table.table.name)
        if !table.maySelect {
            findings.append(
                finding(
                    .error, "role \(server.role) may not read \(table.table)",
                    "GRANT SELECT ON \(name) TO \(ServerCheck.quoted(server.role));"))
        }
        if table.hasRowSecurity && !server.isSuperuser && !table.isOwned {
            findings.append(
                finding(
                    .warning, "\(table.table) has row security: a snapshot fails for a role that it applies to",
                    "ALTER ROLE \(ServerCheck.quoted(server.role)) BYPASSRLS;"))
        }
        if table.isPartition {
            findings.append(
                finding(
                    .warning,
                    "\(table.table) is a partition: name the partitioned table itself to follow rows that "
                        + "move between partitions"))
        }
        if !table.canPublishUpdates {
            findings.append(
                finding(
                    .warning, "\(table.table) has no replica identity: only inserts and truncates of it are read",
                    "ALTER TABLE \(name) REPLICA IDENTITY FULL;  -- or add a primary key"))
        }
        return findings
    }

    /// The old row of a change is what the partition gives, whatever the partitioned table's own identity is.
    private func checkPartitions(of table: TableFacts, on session: PostgresConnection) throws -> [Diagnostic] {
        let result = try session.query(
            """
            SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
            FROM pg_partition_tree($1::regclass) p JOIN pg_class c ON c.oid = p.relid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE p.isleaf AND c.relreplident <> (SELECT relreplident FROM pg_class WHERE oid = $1::oid)
            ORDER BY 1 LIMIT 20
            """, [String(table.id)])
        return result.rows.compactMap { $0[0] }.map { partition in
            let identity =
                switch table.identity {
                case .primaryKey: "DEFAULT"
                case .full: "FULL"
                case .nothing: "NOTHING"
                case .index: "USING INDEX …"
                }
            return finding(
                .warning, "partition \(partition) has another replica identity than \(table.table)",
                "ALTER TABLE \(partition) REPLICA IDENTITY \(identity);")
        }
    }

    private func finding(_ severity: Diagnostic.Severity, _ message: String, _ hint: String? = nil) -> Diagnostic {
        Diagnostic(severity, at: options.tablesLocation, message, hint: hint)
    }
}

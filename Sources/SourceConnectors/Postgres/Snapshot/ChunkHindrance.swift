internal import PostgresClient

/// What the reading of a chunk waits for, in words for the operator: which process, in what state, for how long.
enum ChunkHindrance {
    static let invisible = "a committed transaction is not visible yet: a synchronous standby has not confirmed it"

    /// The oldest transaction that has a number, prepared ones included.
    @available(*, noasync)
    static func oldestTransaction(on session: PostgresConnection) throws -> String {
        let result = try session.query(
            """
            SELECT pid::text, state, floor(extract(epoch FROM clock_timestamp() - began))::bigint::text FROM (
                SELECT pid, state, xact_start AS began, age(backend_xid) AS age FROM pg_stat_activity
                WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
                UNION ALL SELECT NULL, NULL, prepared, age(transaction) FROM pg_prepared_xacts
            ) AS open ORDER BY age DESC LIMIT 1
            """)
        guard let row = result.rows.first, row.count == 3 else {
            return "a transaction that began before it, of a role that only members of pg_monitor see, has not ended"
        }
        let age = row[2].map { ", open for \($0) s," } ?? ""
        guard let process = row[0] else { return "a prepared transaction\(age) has not ended" }
        let state = row[1].map { " (\($0))" } ?? ""
        return "the transaction of server process \(process)\(state)\(age) began before it and has not ended"
    }

    /// Who keeps a table for itself.
    @available(*, noasync)
    static func lock(on table: UInt64, _ session: PostgresConnection) throws -> String {
        let result = try session.query(
            """
            SELECT l.pid::text, a.state, floor(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint::text
            FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.relation IN (SELECT $1::oid UNION SELECT relid FROM pg_partition_tree($1::regclass))
                AND l.mode = 'AccessExclusiveLock' AND l.granted
            ORDER BY a.xact_start LIMIT 1
            """, [String(table)])
        guard let row = result.rows.first, row.count == 3, let process = row[0] else {
            return "a lock on the table is not to be had"
        }
        let state = row[1].map { " (\($0))" } ?? ""
        let age = row[2].map { ", in a transaction open for \($0) s" } ?? ""
        return "server process \(process)\(state) holds an exclusive lock on the table\(age)"
    }
}

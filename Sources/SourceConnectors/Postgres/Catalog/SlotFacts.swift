internal import PostgresClient

/// What the server says of one replication slot.
struct SlotFacts: Sendable {
    enum LogStatus: String, Sendable {
        case reserved
        case extended
        /// The log may be removed at the next checkpoint.
        case unreserved
        case lost
    }

    var name: String
    var plugin: String
    var database: String
    var isTwoPhase: Bool
    /// The walsender that reads it now.
    var activeProcess: Int?
    /// What that process calls itself, where we may see it.
    var activeApplication: String?
    var restart: LSN?
    var confirmed: LSN?
    var logStatus: LogStatus?
    var retainedBytes: Int
    /// How many bytes may still be written before the slot is in danger; nil for no limit.
    var safeBytes: Int?
    /// How far the log is flushed.
    var head: LSN

    /// Whether the server still has what the slot stands for.
    var isUsable: Bool { logStatus != .lost && confirmed != nil }

    static func read(_ name: String, on session: PostgresConnection) throws -> SlotFacts? {
        try read("s.slot_name = $1", name, on: session).first
    }

    /// Every slot whose name begins with `prefix`.
    static func all(withPrefix prefix: String, on session: PostgresConnection) throws -> [SlotFacts] {
        try read("starts_with(s.slot_name, $1)", prefix, on: session)
    }

    private static func read(
        _ condition: String, _ parameter: String, on session: PostgresConnection
    ) throws -> [SlotFacts] {
        let result = try session.query(
            """
            SELECT s.slot_name, COALESCE(s.plugin, ''), COALESCE(s.database, ''), s.two_phase, s.active_pid,
                a.application_name, s.restart_lsn, s.confirmed_flush_lsn, s.wal_status,
                COALESCE(GREATEST(pg_current_wal_lsn() - s.restart_lsn, 0), 0)::bigint, s.safe_wal_size,
                pg_current_wal_flush_lsn()
            FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid
            WHERE \(condition) ORDER BY s.slot_name
            """, [parameter])
        return try result.rows.map { row in
            var cells = CellReader(row)
            return SlotFacts(
                name: try cells.text(), plugin: try cells.text(), database: try cells.text(),
                isTwoPhase: try cells.boolean(), activeProcess: try cells.optionalInteger(),
                activeApplication: try cells.optional(), restart: try cells.optionalLSN(),
                confirmed: try cells.optionalLSN(), logStatus: try cells.optional().flatMap(LogStatus.init(rawValue:)),
                retainedBytes: try cells.integer(), safeBytes: try cells.optionalInteger(), head: try cells.lsn())
        }
    }
}

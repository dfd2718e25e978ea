internal import PostgresClient

/// What a server says of itself: version, settings that replication depends on, and our role.
struct ServerFacts: Sendable {
    var version: Int
    var database: String
    var systemIdentifier: String
    var timeline: UInt32
    var walLevel: String
    var isInRecovery: Bool
    var role: String
    var mayReplicate: Bool
    var isSuperuser: Bool
    var replicationSlotsMax: Int
    var replicationSlotsUsed: Int
    var walSendersMax: Int
    var walSendersUsed: Int
    /// Zero for never.
    var walSenderTimeout: Duration
    /// Nil for no limit.
    var slotBytesMax: Int?
    /// Whether this session is encrypted.
    var isEncrypted: Bool
    var isLocal: Bool

    /// Reads the facts on a session.
    static func read(_ session: PostgresConnection) throws -> ServerFacts {
        let result = try session.query(statement)
        guard let row = result.rows.first else { throw CatalogError.noRow("server") }
        var cells = CellReader(row)
        return ServerFacts(
            version: session.serverVersion, database: try cells.text(), systemIdentifier: try cells.text(),
            timeline: try cells.optional().flatMap { UInt32($0, radix: 16) } ?? 0, walLevel: try cells.text(),
            isInRecovery: try cells.boolean(), role: try cells.text(), mayReplicate: try cells.boolean(),
            isSuperuser: try cells.boolean(), replicationSlotsMax: try cells.integer(),
            replicationSlotsUsed: try cells.integer(), walSendersMax: try cells.integer(),
            walSendersUsed: try cells.integer(), walSenderTimeout: .milliseconds(try cells.integer()),
            slotBytesMax: try cells.optionalInteger(), isEncrypted: try cells.boolean(),
            isLocal: try cells.boolean())
    }

    // The timeline comes from the log's file name, because the control file's is that of the last checkpoint.
    private static let statement = """
        SELECT current_database(),
            (SELECT system_identifier FROM pg_control_system()),
            CASE WHEN pg_is_in_recovery() THEN NULL
                ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END,
            current_setting('wal_level'), pg_is_in_recovery(), current_user, r.rolreplication, r.rolsuper,
            current_setting('max_replication_slots')::int, (SELECT count(*) FROM pg_replication_slots),
            current_setting('max_wal_senders')::int,
            (SELECT count(*) FROM pg_stat_get_wal_senders()),
            (SELECT setting::int FROM pg_settings WHERE name = 'wal_sender_timeout'),
            (SELECT NULLIF(setting::bigint, -1) * 1048576 FROM pg_settings WHERE name = 'max_slot_wal_keep_size'),
            COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
            COALESCE(inet_server_addr() << '127.0.0.0/8' OR inet_server_addr() = '::1', true)
        FROM pg_roles r WHERE r.rolname = current_user
        """
}

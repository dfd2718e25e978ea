internal import Connector
internal import PostgresClient

/// Checks the server's settings, the role and the slot.
struct ServerCheck {
    let options: PostgresSourceOptions

    func run(_ server: ServerFacts, slot: SlotFacts?) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        func find(_ severity: Diagnostic.Severity, _ message: String, _ hint: String? = nil) {
            findings.append(Diagnostic(severity, at: options.urlLocation, message, hint: hint))
        }
        if server.version < 140_000 {
            find(.error, "PostgreSQL 14 or later is needed; this is \(server.version / 10_000)")
        }
        if server.isInRecovery { find(.error, "the server is a standby", "point the url at the primary") }
        if server.walLevel != "logical" {
            find(
                .error, "wal_level is \(server.walLevel); logical replication needs logical",
                "ALTER SYSTEM SET wal_level = 'logical';  -- and restart the server")
        }
        if !server.mayReplicate && !server.isSuperuser {
            find(
                .error, "role \(server.role) may not replicate",
                "ALTER ROLE \(Self.quoted(server.role)) REPLICATION;")
        }
        if slot == nil, server.replicationSlotsUsed >= server.replicationSlotsMax {
            find(
                .error, "all \(server.replicationSlotsMax) replication slots are in use",
                "ALTER SYSTEM SET max_replication_slots = \(server.replicationSlotsMax * 2);  -- and restart")
        }
        if slot?.activeProcess == nil, server.walSendersUsed >= server.walSendersMax {
            find(
                .error, "all \(server.walSendersMax) WAL senders are in use",
                "ALTER SYSTEM SET max_wal_senders = \(server.walSendersMax * 2);  -- and restart")
        }
        if server.slotBytesMax == nil {
            find(
                .note,
                "max_slot_wal_keep_size is unlimited: while the pipeline stands, the server's log grows until "
                    + "the disk is full",
                "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB';  -- a size that covers the longest outage")
        }
        if !server.isLocal && !options.verifiesServer {
            find(
                server.isEncrypted ? .note : .warning,
                server.isEncrypted
                    ? "the connection is encrypted, but the server's certificate is not verified"
                    : "the connection is not encrypted",
                "add sslmode=verify-full to the url")
        }
        if let slot { checkSlot(slot, server, find) }
        return findings
    }

    private func checkSlot(
        _ slot: SlotFacts, _ server: ServerFacts, _ find: (Diagnostic.Severity, String, String?) -> Void
    ) {
        do {
            try SlotGuard.verify(slot, named: options.slot, database: server.database, resumingAt: nil)
        } catch {
            find(.error, "\(error)", "SELECT pg_drop_replication_slot('\(slot.name)');")
        }
        for warning in SlotWarnings.of(slot, bytesMax: server.slotBytesMax) { find(.warning, warning, nil) }
        if let holder = slot.activeProcess {
            find(.note, "slot \(slot.name) is being read by server process \(holder)", nil)
        }
    }

    /// A name in quotes, or dots where it cannot be quoted.
    static func quoted(_ name: String) -> String {
        (try? Quoting.quoted(identifier: name)) ?? "…"
    }
}

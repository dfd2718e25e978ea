internal import Connector

extension SourceIdentity {
    /// What makes a PostgreSQL position mean what it means.
    static func postgres(_ server: ServerFacts, slot: String) -> SourceIdentity {
        SourceIdentity([
            "system": server.systemIdentifier, "timeline": String(server.timeline), "database": server.database,
            "slot": slot,
        ])
    }
}

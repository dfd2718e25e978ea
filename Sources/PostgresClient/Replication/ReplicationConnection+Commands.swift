internal import CLibPQ

extension ReplicationConnection {
    /// Asks which server this is.
    @available(*, noasync)
    public func identifySystem() throws(PostgresError) -> SystemIdentity {
        let result = try command("IDENTIFY_SYSTEM")
        guard let row = result.rows.first, row.count >= 4, let identifier = row[0],
            let timeline = row[1].flatMap({ UInt32($0) }), let flushed = row[2].flatMap({ LSN($0) })
        else { throw .protocolViolation("IDENTIFY_SYSTEM gave no identity") }
        return SystemIdentity(
            systemIdentifier: identifier, timeline: timeline, flushed: flushed, database: row[3] ?? "")
    }

    /// Creates a logical slot for pgoutput and returns its consistent point: every transaction that commits after it is
    /// in the stream. No snapshot is exported.
    ///
    /// It waits until every transaction that is running now has ended.
    ///
    /// - Parameters:
    ///   - isTemporary: The slot is dropped with this session.
    ///   - isFailover: The slot is kept in step on standbys (PostgreSQL 17 and later; ignored before).
    @available(*, noasync)
    @discardableResult
    public func createSlot(
        _ name: String, isTemporary: Bool = false, isFailover: Bool = false
    ) throws(PostgresError) -> LSN {
        let temporary = isTemporary ? "TEMPORARY " : ""
        let options = isFailover && serverVersion >= 170_000 ? "(SNAPSHOT 'nothing', FAILOVER)" : "NOEXPORT_SNAPSHOT"
        let slot = try Quoting.quoted(identifier: name)
        let result = try command("CREATE_REPLICATION_SLOT \(slot) \(temporary)LOGICAL pgoutput \(options)")
        guard let point = result[column: "consistent_point"].first.flatMap({ $0 }).flatMap({ LSN($0) }) else {
            throw .protocolViolation("CREATE_REPLICATION_SLOT gave no consistent point")
        }
        return point
    }

    /// Drops a slot, waiting until nobody uses it if asked to.
    @available(*, noasync)
    public func dropSlot(_ name: String, waiting: Bool = false) throws(PostgresError) {
        let slot = try Quoting.quoted(identifier: name)
        _ = try command("DROP_REPLICATION_SLOT \(slot)\(waiting ? " WAIT" : "")")
    }

    /// Turns the session into a stream of pgoutput messages, protocol 1, text cells, logical messages included.
    ///
    /// - Parameter position: Where to begin; the server begins at the slot's confirmed position if that is later, and
    ///   always with a whole transaction.
    @available(*, noasync)
    public func startReplication(slot: String, from position: LSN, publications: [String]) throws(PostgresError) {
        var names: [String] = []
        for publication in publications { names.append(try Quoting.quoted(identifier: publication)) }
        let list = try Quoting.quoted(literal: names.joined(separator: ","))
        let options = "proto_version '1', publication_names \(list), messages 'true'"
        try handle.sendSimple(
            "START_REPLICATION SLOT \(try Quoting.quoted(identifier: slot)) LOGICAL \(position) (\(options))")
        guard let result = try handle.nextResult() else { throw handle.lost() }
        guard result.status == PGRES_COPY_BOTH else {
            throw handle.refusal(result) ?? .protocolViolation("START_REPLICATION began no stream")
        }
    }

    /// Runs a statement that a walsender understands over the simple protocol: a replication command, SHOW, or SQL.
    @available(*, noasync)
    public func command(_ text: String) throws(PostgresError) -> QueryResult {
        try handle.sendSimple(text)
        return try handle.finishCommand()
    }
}

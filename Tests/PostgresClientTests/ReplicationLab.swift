import Change
import Foundation
import PostgresClient
import Testing
import Threads

/// A database, a publication of all its tables and a slot, made for one test and dropped after it.
final class ReplicationLab {
    let settings: ConnectionSettings
    let database: String
    /// The slot's and the publication's name.
    let slot: String
    let connection: PostgresConnection
    private let server: ConnectionSettings
    private var fences = 0

    /// Makes the database and calls `body` on a thread of its own; `schema` runs before the slot exists.
    static func run(
        _ name: String, schema: String = "", _ body: @escaping @Sendable (ReplicationLab) throws -> Void
    ) async throws {
        let server = try Lab.settings
        try await Lab.onThread {
            let lab = try ReplicationLab(server, name: "pgclient_\(name)_\(ProcessInfo.processInfo.processIdentifier)")
            defer { lab.remove() }
            try lab.connection.execute("SET search_path = public; \(schema); RESET search_path")
            try lab.connection.execute("CREATE PUBLICATION \(lab.slot) FOR ALL TABLES")
            try ReplicationConnection(lab.settings).createSlot(lab.slot)
            try body(lab)
        }
    }

    private init(_ server: ConnectionSettings, name: String) throws {
        self.server = server
        database = name
        slot = name
        try PostgresConnection(server).execute("CREATE DATABASE \(name)")
        var url = try #require(URLComponents(string: server.connectionString))
        url.path = "/" + name
        var settings = server
        settings.connectionString = try #require(url.string)
        self.settings = settings
        connection = try PostgresConnection(settings)
    }

    private func remove() {
        do {
            try connection.execute(
                "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE active_pid IS NOT NULL"
                    + " AND slot_name = '\(slot)'")
            try connection.execute("SELECT pg_drop_replication_slot('\(slot)')")
        } catch {
            Issue.record(error)
        }
        do {
            try PostgresConnection(server).execute("DROP DATABASE \(database) WITH (FORCE)")
        } catch {
            Issue.record(error)
        }
    }

    /// A stream from the slot's own position.
    func stream(interrupt: ConnectionInterrupt? = nil) throws -> ReplicationConnection {
        let stream = try ReplicationConnection(settings, interrupt: interrupt)
        try stream.startReplication(slot: slot, from: .zero, publications: [slot])
        return stream
    }

    /// A decoder that begins about now.
    func decoder() throws -> PgOutputDecoder {
        let xid = try connection.query("SELECT pg_snapshot_xmax(pg_current_snapshot())").scalar
        return PgOutputDecoder(nearTransactionID: try #require(xid.flatMap { UInt64($0) }))
    }

    /// Reads the stream into batches until `isEnough` or half a minute has passed.
    func read(
        _ stream: ReplicationConnection, into decoder: inout PgOutputDecoder,
        until isEnough: ([ChangeBatch]) throws -> Bool
    ) throws -> [ChangeBatch] {
        var batches: [ChangeBatch] = []
        let deadline = ContinuousClock.now + .seconds(30)
        while try !isEnough(batches) {
            guard .now < deadline else { throw Late() }
            guard let message = try stream.receive(timeout: .seconds(1)) else { continue }
            guard case .data = message.header else { continue }
            while case .needs(let request) = try decoder.decode(message.payload, sentAt: message.sentAt) {
                decoder.supply(try connection.answer(request))
            }
            if !decoder.isInTransaction { batches.append(decoder.takeBatch()) }
        }
        return batches
    }

    /// What some statements make of the stream, up to a fence that is written behind them and left out.
    func changes(of sql: String, in stream: ReplicationConnection, _ decoder: inout PgOutputDecoder) throws
        -> [ChangeBatch]
    {
        try connection.execute(sql)
        fences += 1
        let name = "fence \(fences)"
        _ = try connection.query("SELECT pg_logical_emit_message(false, $1, '')", [name])
        let batches = try read(stream, into: &decoder) { batches in
            guard let batch = batches.last, let change = batch.changes.last else { return false }
            return change.kind == .message && batch.message(change).text(0) == name
        }
        return batches.filter { $0.changes.first?.kind != .message }
    }

    struct Late: Error {}
}

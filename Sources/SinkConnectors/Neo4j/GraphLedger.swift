internal import BoltCodec
internal import Connector
internal import Foundation

/// Keeps the pipeline's record in the graph: a node with a name of this life of it, and the marker.
actor GraphLedger {
    private let client: BoltClient
    private let id: String
    private let tombstoneLifetime: Duration
    private var store: String?
    private var lastSweep: Int64 = 0

    init(client: BoltClient, id: String, tombstoneLifetime: Duration) {
        self.client = client
        self.id = id
        self.tombstoneLifetime = tombstoneLifetime
    }

    /// Milliseconds since 1970.
    static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    /// Makes what Millrace's own nodes are found by.
    func prepare(_ constraints: Neo4jOptions.Constraints) async throws {
        guard constraints == .create else { return }
        for label in ["MillraceTombstone", "MillraceMarker"] {
            let statement = BoltStatement(
                "CREATE CONSTRAINT \(label)_id IF NOT EXISTS FOR (n:\(label)) REQUIRE n.id IS UNIQUE")
            if case .refused(let failure) = try await client.run(statement) { throw Neo4jFailures.thrown(for: failure) }
        }
    }

    /// Reads what the pipeline left, or leaves a first record; returns the name of this life.
    func open() async throws -> String {
        let records = try await client.ask(
            BoltStatement(
                "MERGE (m:MillraceMarker {id: $id}) ON CREATE SET m.store = $store RETURN m.store",
                ["id": .text(id), "store": .text(UUID().uuidString.lowercased())]))
        guard let found = records.first?.first?.text else {
            throw MillraceError(.stateForeign, "the pipeline's record in the graph is of another format")
        }
        store = found
        return found
    }

    func marker() async throws -> SinkMarker? {
        let records = try await client.ask(
            BoltStatement("MATCH (m:MillraceMarker {id: $id}) RETURN m.marker", ["id": .text(id)]))
        guard let text = records.first?.first?.text else { return nil }
        do {
            return try JSONDecoder().decode(SinkMarker.self, from: Data(text.utf8))
        } catch {
            throw MillraceError(.stateForeign, "the pipeline's marker in the graph is of another format")
        }
    }

    /// - Throws: ``MillraceError`` with `sinkReplaced` where the record of this life is gone.
    func setMarker(_ marker: SinkMarker) async throws {
        if store == nil { _ = try await open() }
        let text = String(decoding: try JSONEncoder().encode(marker), as: UTF8.self)
        let records = try await client.ask(
            BoltStatement(
                "MATCH (m:MillraceMarker {id: $id}) WHERE m.store = $store SET m.marker = $marker RETURN m.store",
                ["id": .text(id), "store": .text(store ?? ""), "marker": .text(text)]))
        try verify(records)
        try await forgetOldTombstones()
    }

    func remove() async throws {
        _ = try await client.ask(
            BoltStatement("MATCH (m:MillraceMarker {id: $id}) DELETE m", ["id": .text(id)]))
        store = nil
    }

    /// Asks, in the transaction of a batch, for the record of this life.
    func presence() -> BoltStatement {
        BoltStatement("MATCH (m:MillraceMarker {id: $id}) RETURN m.store", ["id": .text(id)])
    }

    /// - Throws: ``MillraceError`` with `sinkReplaced` where the record is not that of this life.
    func verify(_ records: [[PackStreamValue]]) throws {
        guard let store, records.first?.first?.text != store else { return }
        throw MillraceError(
            .sinkReplaced, "the pipeline's record is gone from the graph: its database was emptied or replaced")
    }

    /// Deletes tombstones that no replay reaches back to, a part of them at a time.
    private func forgetOldTombstones() async throws {
        let now = Self.now()
        guard now - lastSweep > 600_000 else { return }
        lastSweep = now
        let limit = now - tombstoneLifetime.milliseconds
        _ = try await client.ask(
            BoltStatement(
                "MATCH (t:MillraceTombstone) WHERE t.at < $limit WITH t LIMIT 10000 DELETE t",
                ["limit": .integer(limit)]))
    }
}

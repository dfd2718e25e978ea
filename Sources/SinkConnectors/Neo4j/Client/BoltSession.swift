internal import BoltCodec
internal import Connector
internal import NIOSSL

/// A connection that is greeted and authenticated.
struct BoltSession: Sendable {
    let connection: BoltConnection
    /// Whether times with a zone are counted in UTC; a server of 4.4 may not know that.
    let countsInUTC: Bool
    /// What the server calls itself, such as `Neo4j/5.13.0`.
    let server: String

    /// - Throws: ``BoltConnectionError``; ``MillraceError`` for a refusal.
    static func begin(on connection: BoltConnection, _ greeting: BoltGreeting) async throws -> BoltSession {
        let version = connection.version
        var requests: [BoltRequest] = [.hello(greeting)]
        if version.hasLogon { requests.append(.logon(greeting)) }
        let replies = try await connection.send(requests)
        for reply in replies {
            if let failure = reply.failure { throw Neo4jFailures.thrown(for: failure) }
        }
        let metadata = replies[0].metadata
        let isPatched = metadata["patch_bolt"]?.list?.contains(.text("utc")) ?? false
        return BoltSession(
            connection: connection, countsInUTC: version.countsInUTC || isPatched,
            server: metadata["server"]?.text ?? "")
    }
}

/// Which members of a cluster do what, for a while.
struct RoutingTable: Sendable, Hashable {
    var writers: [String]
    var routers: [String]

    /// Reads the reply to ROUTE; nil where it is none.
    init?(_ metadata: [String: PackStreamValue]) {
        guard let servers = metadata["rt"]?["servers"]?.list else { return nil }
        writers = []
        routers = []
        for server in servers {
            let addresses = (server["addresses"]?.list ?? []).compactMap(\.text)
            switch server["role"]?.text {
            case "WRITE": writers += addresses
            case "ROUTE": routers += addresses
            default: continue
            }
        }
    }
}

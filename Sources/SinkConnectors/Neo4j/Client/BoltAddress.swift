internal import Connector
internal import Foundation

/// Where a server that speaks Bolt is, and who asks: `neo4j://user:password@host:7687/database`.
struct BoltAddress: Sendable, Hashable {
    enum Encryption: Sendable, Hashable {
        case none
        case verified
        /// Whatever certificate the server shows.
        case unverified
    }

    var host: String
    var port: Int
    var encryption: Encryption
    /// Whether the server is asked which member of its cluster takes writes.
    var isRouting: Bool
    var user: String?
    var password: Secret?
    /// Nil for the user's own.
    var database: String?

    static let defaultPort = 7687

    /// Why a URL is not one; nothing of the URL is in it.
    enum Problem: Error, CustomStringConvertible {
        case malformed
        case scheme

        var description: String {
            switch self {
            case .malformed: "url is not an address such as neo4j://user:password@host:7687/database"
            case .scheme: "url begins with none of bolt, bolt+s, bolt+ssc, neo4j, neo4j+s, neo4j+ssc"
            }
        }
    }

    init(parsing text: String) throws(Problem) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else { throw .malformed }
        switch scheme {
        case "bolt", "neo4j": encryption = .none
        case "bolt+s", "neo4j+s": encryption = .verified
        case "bolt+ssc", "neo4j+ssc": encryption = .unverified
        default: throw .scheme
        }
        isRouting = scheme.hasPrefix("neo4j")
        guard var host = parts.host, !host.isEmpty, parts.query == nil, parts.fragment == nil else { throw .malformed }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host
        port = parts.port ?? Self.defaultPort
        user = parts.user
        password = parts.password.map { Secret($0) }
        let path = parts.path.drop { $0 == "/" }
        guard !path.contains("/") else { throw .malformed }
        database = path.isEmpty ? nil : String(path)
    }

    /// The same server's neighbour, as a routing table names it: `host:port`.
    func neighbour(_ name: String) -> BoltAddress? {
        guard let colon = name.lastIndex(of: ":"), let port = Int(name[name.index(after: colon)...]) else { return nil }
        var address = self
        var host = String(name[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        address.host = host
        address.port = port
        return address
    }
}

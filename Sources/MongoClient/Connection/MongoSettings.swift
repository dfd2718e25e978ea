internal import CMongoC

/// How to connect. Never described: the url may hold a password.
public struct MongoSettings: Sendable {
    let url: String
    let applicationName: String

    /// - Parameter url: As libmongoc reads it: `mongodb://user:password@host/?replicaSet=rs0&tls=true`.
    public init(_ url: String, applicationName: String) {
        self.url = url
        self.applicationName = applicationName
    }

    /// Whether the url asks for TLS, and whether it takes back what makes TLS worth having.
    public var transport: Transport {
        guard let uri = mongoc_uri_new_with_error(url, nil) else { return .plain }
        defer { mongoc_uri_destroy(uri) }
        guard mongoc_uri_get_tls(uri) else { return .plain }
        let weakenings = ["tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames"]
        let isWeak = weakenings.contains { mongoc_uri_get_option_as_bool(uri, $0, false) }
        return isWeak ? .unverified : .verified
    }

    public enum Transport: Sendable {
        case plain
        case unverified
        case verified
    }

    /// What is wrong with the url; nil for one that can be used.
    public var problem: String? {
        guard let uri = mongoc_uri_new_with_error(url, nil) else {
            return "the url is not a MongoDB connection string: mongodb://host:port/?replicaSet=name"
        }
        mongoc_uri_destroy(uri)
        return nil
    }
}

extension MongoSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "•••" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

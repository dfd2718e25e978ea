internal import Connector
internal import Foundation

/// Where a server that speaks HTTP listens.
struct HTTPAddress: Hashable, Sendable {
    var isSecure: Bool
    var host: String
    var port: Int
    /// The path in front of every request, as of a server behind a proxy; empty or `/prefix`.
    var path: String

    /// The address without anything after it.
    var base: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "https" : "http")://\(name):\(port)\(path)"
    }

    /// What is wrong with an address; never the address itself, which may hold a password.
    enum ParseError: Error, CustomStringConvertible {
        case malformed
        case scheme

        var description: String {
            switch self {
            case .malformed: "url is not an address such as https://search.example:9200"
            case .scheme: "url begins neither with http:// nor with https://"
            }
        }
    }

    init(isSecure: Bool, host: String, port: Int, path: String = "") {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.path = path
    }

    /// Parses one address, with the user and password that may stand in it.
    ///
    /// - Parameter defaultPort: the port of plain HTTP where the text names none; that of HTTPS is 443.
    static func parse(
        _ text: String, defaultPort: Int
    ) throws(ParseError) -> (address: HTTPAddress, user: String?, password: Secret?) {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        guard let parts = URLComponents(string: trimmed), let scheme = parts.scheme?.lowercased() else {
            throw .malformed
        }
        guard scheme == "http" || scheme == "https" else { throw .scheme }
        guard var host = parts.host, !host.isEmpty, parts.query == nil, parts.fragment == nil else { throw .malformed }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let isSecure = scheme == "https"
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        // Hosted servers listen where https does; one of one's own, where its kind does.
        let port = parts.port ?? (isSecure ? 443 : defaultPort)
        let address = HTTPAddress(isSecure: isSecure, host: host, port: port, path: path)
        return (address, parts.user, parts.password.map { Secret($0) })
    }
}

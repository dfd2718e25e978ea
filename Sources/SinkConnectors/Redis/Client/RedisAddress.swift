internal import Wire

/// Where a Redis server is and who asks: `redis[s]://[user[:password]@]host[:port][/database]`.
struct RedisAddress: Hashable, Sendable {
    var host: String
    var port: Int
    var isEncrypted: Bool
    /// Nil for the server's default user.
    var user: String?
    var password: String?
    var database: Int

    /// Why a URL is not one; nothing of the URL is in it.
    enum Problem: Error, Hashable, CustomStringConvertible {
        case scheme
        case host
        case port
        case database
        case escape
        case rest

        var description: String {
            switch self {
            case .scheme: "the URL does not begin with redis:// or rediss://"
            case .host: "the URL names no host"
            case .port: "the URL's port is not a number from 1 to 65535"
            case .database: "the URL's path is not the number of a database"
            case .escape: "the URL's user or password has a % that is no escape; write %25 for a percent sign"
            case .rest: "the URL has a query or a fragment, which mean nothing here"
            }
        }
    }

    init(parsing url: String) throws(Problem) {
        let rest: Substring
        if url.hasPrefix("redis://") {
            isEncrypted = false
            rest = url.dropFirst("redis://".count)
        } else if url.hasPrefix("rediss://") {
            isEncrypted = true
            rest = url.dropFirst("rediss://".count)
        } else {
            throw .scheme
        }
        // The last @ ends the user, so that a password with an @ in it is understood as it was meant.
        let at = rest.lastIndex(of: "@")
        (user, password) = try Self.credentials(at.map { rest[..<$0] })
        let place = at.map { rest[rest.index(after: $0)...] } ?? rest
        guard !place.contains(where: { $0 == "?" || $0 == "#" }) else { throw .rest }
        let slash = place.firstIndex(of: "/") ?? place.endIndex
        (host, port) = try Self.hostAndPort(place[..<slash])
        let path = place[slash...].dropFirst()
        guard path.isEmpty || Self.isNumber(path), let database = Int(path.isEmpty ? "0" : path) else {
            throw .database
        }
        self.database = database
    }

    private static func credentials(_ text: Substring?) throws(Problem) -> (String?, String?) {
        guard let text else { return (nil, nil) }
        let colon = text.firstIndex(of: ":")
        let user = try unescaped(text[..<(colon ?? text.endIndex)])
        let password: String? = if let colon { try unescaped(text[text.index(after: colon)...]) } else { nil }
        return (user.isEmpty ? nil : user, password)
    }

    private static func hostAndPort(_ text: Substring) throws(Problem) -> (String, Int) {
        var host = text
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw .host }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw .host }
        guard let port else { return (String(host), 6379) }
        guard isNumber(port), let number = Int(port), (1...65535).contains(number) else { throw .port }
        return (String(host), number)
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func unescaped(_ text: Substring) throws(Problem) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hex.value), let low = rest.popFirst().flatMap(Hex.value) else {
                throw .escape
            }
            bytes.append(high << 4 | low)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

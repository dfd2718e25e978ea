internal import RedisCodec

/// What a server says of itself in `INFO`.
struct RedisServer: Sendable, Equatable {
    /// Every field of every section that was asked for.
    private(set) var fields: [String: String] = [:]

    init(info: String) {
        for line in info.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
    }

    subscript(field: String) -> String? { fields[field] }

    /// A new one with every start of the server; empty where the server hides it.
    var runID: String { fields["run_id"] ?? "" }

    /// Major and minor version; nil where the server hides it.
    var version: (major: Int, minor: Int)? {
        let parts = (fields["redis_version"] ?? "").split(separator: ".").prefix(2).compactMap { Int($0) }
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    /// Whether scripts may declare flags, without which a script that has begun to write is not stopped by a full
    /// memory.
    var hasScriptFlags: Bool { (version?.major ?? 0) >= 7 }
}

internal import Connector
internal import RedisCodec

/// Finds out what the user may not do, without doing it.
struct RedisPermissionCheck {
    let client: RedisClient
    let server: RedisServer
    /// The key of the sink's marker.
    let marker: String

    func findings(_ mappings: [RedisMapping]) async throws -> [Diagnostic] {
        var findings = try await probe(
            keys: [Array(marker.utf8)],
            commands: ["EXISTS $", "DEL $", "HSET $ f v", "HGETALL $", "SCAN 0"], for: "the marker", at: nil)
        for mapping in mappings {
            findings += try await probe(
                keys: Self.keys(of: mapping), commands: Self.commands(of: mapping.form),
                for: mapping.request.name, at: mapping.request.options.location)
            findings += try await probe(
                keys: Self.keys(of: mapping), commands: Self.reads(of: mapping), severity: .warning,
                for: "an audit of \(mapping.request.name)", at: mapping.request.options.location)
        }
        return findings
    }

    /// Asks by a script that only asks: the server refuses to run it for keys that the user may not touch, and inside
    /// it tells of each command whether the user may call it.
    private func probe(
        keys: [[UInt8]], commands: [String], severity: Diagnostic.Severity = .error, for subject: String,
        at location: SourceLocation?
    ) async throws -> [Diagnostic] {
        guard !commands.isEmpty else { return [] }
        var arguments = [Array("EVAL".utf8), Array(script.utf8), Array("\(keys.count)".utf8)] + keys
        arguments += commands.map { Array($0.utf8) }
        var request = RedisCommands()
        try request.append(arguments)
        switch try await client.send(request).first {
        case .array(let refused):
            let names = refused.compactMap(\.text)
            guard !names.isEmpty else { return [] }
            return [
                Diagnostic(
                    severity, at: location,
                    "the Redis user may not call \(names.joined(separator: ", ")), which \(subject) needs",
                    hint: names.map { "+\($0.lowercased())" }.joined(separator: " "))
            ]
        case .error(let error) where error.code == "NOPERM":
            // Said already, of what writes.
            guard severity == .error else { return [] }
            return [
                Diagnostic(
                    .error, at: location,
                    "the Redis user may not run scripts on the keys of \(subject)",
                    hint: "ACL SETUSER … +evalsha +eval +script|load ~millrace:* and the pattern of the keys")
            ]
        case .error(let error): throw RedisFailures.thrown(for: error)
        default: return []
        }
    }

    private var script: String {
        guard server.hasScriptFlags else { return "return {}" }
        return """
            local refused = {}
            for _, line in ipairs(ARGV) do
                local words = {}
                for word in string.gmatch(line, '%S+') do
                    words[#words + 1] = word == '$' and KEYS[1] or word
                end
                if not redis.acl_check_cmd(unpack(words)) then refused[#refused + 1] = words[1] end
            end
            return refused
            """
    }

    /// A key such as the mapping makes, and what is kept beside it.
    private static func keys(of mapping: RedisMapping) -> [[UInt8]] {
        var key: [UInt8] = []
        for segment in mapping.keyTemplate.segments {
            switch segment {
            case .literal(let bytes): key += bytes
            case .column: key.append(UInt8(ascii: "0"))
            }
        }
        switch mapping.form {
        case .stream, .invalidation: return [key]
        case .hash, .json, .arraySet: return [key, RedisKey.name(.guards, of: key)]
        case .set, .sortedSet: return [key, RedisKey.name(.guards, of: key), RedisKey.name(.graves, of: key)]
        }
    }

    /// What the scripts and commands of a form call; `$` is the key.
    private static func commands(of form: RedisForm) -> [String] {
        let guarding = ["GET $", "SET $ v", "DEL $", "TYPE $", "PEXPIRE $ 1", "PEXPIREAT $ 1", "TIME"]
        let collecting = [
            "EXISTS $", "HGET $ f", "HSET $ f v", "HDEL $ f", "HSCAN $ 0", "ZADD $ 1 m", "ZREM $ m",
            "ZRANGEBYSCORE $ 0 1", "PERSIST $", "PEXPIRE $ 1", "DEL $", "TIME",
        ]
        return switch form {
        case .hash: guarding + ["HGET $ f", "HSET $ f v"]
        case .json: guarding
        case .arraySet: guarding + ["SADD $ m"]
        case .set: collecting + ["SADD $ m", "SREM $ m"]
        case .sortedSet: collecting
        case .stream: ["XADD $ * f v", "MULTI", "EXEC"]
        case .invalidation: ["DEL $"]
        }
    }

    /// What a comparison asks beside that.
    private static func reads(of mapping: RedisMapping) -> [String] {
        let lifetime = mapping.lifetime == .forever ? [] : ["PTTL $"]
        return switch mapping.form {
        case .hash: ["HGETALL $"] + lifetime
        case .json: ["MGET $"] + lifetime
        case .arraySet: ["SMEMBERS $"] + lifetime
        case .set: ["SISMEMBER $ m", "TYPE $"] + lifetime
        case .sortedSet: ["ZSCORE $ m", "TYPE $"] + lifetime
        case .stream, .invalidation: []
        }
    }
}

internal import Change
internal import Connector
internal import RedisCodec

/// Finds what a mapping wrote, by the pattern of its keys. The guards say who wrote, and in which version.
struct RedisScan: Sendable {
    let mapping: RedisMapping
    let client: RedisClient

    private static let pageSize = "1000"

    /// Hands everything over in pages.
    func run(_ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        try await forEachPageOfKeys { keys in
            switch mapping.form {
            case .hash, .json, .arraySet: try await report(keys, take)
            case .set(let form), .sortedSet(let form, _):
                for key in keys { try await scanMembers(of: key, form, take) }
            case .stream, .invalidation: break
            }
        }
    }

    /// Every key that the mapping's template can make and that is of its type; keys of other templates may be among
    /// them.
    func forEachPageOfKeys(_ take: ([[UInt8]]) async throws -> Void) async throws {
        guard let type else { return }
        switch KeyPattern(mapping.keyTemplate) {
        case .single(let key):
            let found = try await client.send([Self.text("TYPE"), key]).text
            if type.isEmpty ? found != "none" : found == type { try await take([key]) }
        case .glob(let pattern):
            var cursor = Self.text("0")
            repeat {
                var command = [Self.text("SCAN"), cursor, Self.text("MATCH"), pattern]
                command += [Self.text("COUNT"), Self.text(Self.pageSize)]
                if !type.isEmpty { command += [Self.text("TYPE"), Self.text(type)] }
                let (next, keys) = try Self.page(try await client.send(command))
                if !keys.isEmpty { try await take(keys) }
                cursor = next
            } while cursor != Self.text("0")
        }
    }

    /// The type of the keys to look for, empty for any; nil where there are none of the mapping's own.
    private var type: String? {
        switch mapping.form {
        case .hash: "hash"
        case .json: "string"
        case .set, .arraySet: "set"
        case .sortedSet: "zset"
        case .invalidation: ""
        case .stream: nil
        }
    }

    /// Hands over those keys of rows whose guards are the mapping's own.
    func report(_ keys: [[UInt8]], _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        let commands: [[[UInt8]]] = keys.map { key in
            if case .hash(let form) = mapping.form { return [Self.text("HGET"), key, form.guardFieldName] }
            return [Self.text("GET"), RedisKey.name(.guards, of: key)]
        }
        let entries = zip(keys, try await texts(commands)).compactMap { key, text in
            text.flatMap(mapping.liveVersion).map { SinkEntry(key: key, version: $0) }
        }
        if !entries.isEmpty { try await take(entries) }
    }

    // MARK: Collections

    /// Hands over the members whose guards are the mapping's own. Of a collection with a lifetime, which is built from
    /// a look-up, members may have none: then the collection stands for them, in the lowest version.
    private func scanMembers(
        of key: [UInt8], _ form: RedisForm.CollectionForm, _ take: @Sendable ([SinkEntry]) async throws -> Void
    ) async throws {
        let guards = RedisKey.name(.guards, of: key)
        var isOwn = false
        try await forEachPage(Self.text("HSCAN"), of: guards) { pairs in
            var entries: [SinkEntry] = []
            for index in stride(from: 0, to: pairs.count - 1, by: 2) {
                guard mapping.owns(pairs[index + 1]) else { continue }
                isOwn = true
                guard let version = mapping.liveVersion(pairs[index + 1]) else { continue }
                let name = RedisMapping.collectionKey(key, member: pairs[index])
                entries.append(SinkEntry(key: name, version: version, place: [key, pairs[index]]))
            }
            if !entries.isEmpty { try await take(entries) }
        }
        guard isOwn, form.lifetime != nil, try await hasUnguardedMembers(key, guards: guards) else { return }
        try await take([SinkEntry(key: key, version: Version(rawValue: 0), place: [key])])
    }

    private func hasUnguardedMembers(_ key: [UInt8], guards: [UInt8]) async throws -> Bool {
        var isUnguarded = false
        let isSorted = mapping.score != nil
        try await forEachPage(Self.text(isSorted ? "ZSCAN" : "SSCAN"), of: key) { elements in
            let members = isSorted ? stride(from: 0, to: elements.count, by: 2).map { elements[$0] } : elements
            guard !isUnguarded, !members.isEmpty else { return }
            let found = try await client.send([Self.text("HMGET"), guards] + members)
            isUnguarded = found.elements?.contains(.null) ?? true
        }
        return isUnguarded
    }

    // MARK: Replies

    private func forEachPage(
        _ command: [UInt8], of key: [UInt8], _ take: ([[UInt8]]) async throws -> Void
    ) async throws {
        var cursor = Self.text("0")
        repeat {
            let reply = try await client.send([command, key, cursor, Self.text("COUNT"), Self.text(Self.pageSize)])
            let (next, elements) = try Self.page(reply)
            if !elements.isEmpty { try await take(elements) }
            cursor = next
        } while cursor != Self.text("0")
    }

    /// What each of these commands answers; nil for a key that is gone, or has another type, by now.
    private func texts(_ all: [[[UInt8]]]) async throws -> [[UInt8]?] {
        var commands = RedisCommands()
        for command in all { try commands.append(command) }
        return try await client.send(commands).map { reply in
            switch reply {
            case .bulk(let bytes): return bytes
            case .error(let error) where error.code != "WRONGTYPE": throw RedisFailures.thrown(for: error)
            default: return nil
            }
        }
    }

    private static func page(_ reply: RedisReply) throws -> (cursor: [UInt8], elements: [[UInt8]]) {
        guard let parts = reply.elements, parts.count == 2, case .bulk(let cursor) = parts[0],
            let elements = parts[1].elements
        else { throw MillraceError(.sinkRejected, "the server does not scan as Redis does") }
        return (cursor, elements.compactMap { if case .bulk(let bytes) = $0 { bytes } else { nil } })
    }

    static func text(_ word: String) -> [UInt8] { Array(word.utf8) }
}

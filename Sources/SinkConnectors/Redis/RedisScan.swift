internal import Algorithms
internal import Change
internal import Connector
internal import RedisCodec

/// Finds what a mapping wrote, by the pattern of its keys. The guards say who wrote, and in which version.
struct RedisScan: Sendable {
    let mapping: RedisMapping
    let client: RedisClient

    /// How many keys, or elements of collections, one answer should hold.
    private static let pageSize = 1000
    /// So many collections are asked at once, because most of them are small.
    private static let collectionsAtOnce = 32

    /// Hands everything over in pages.
    func run(_ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        try await forEachPageOfKeys { keys in
            switch mapping.form {
            case .hash, .json, .arraySet: try await report(keys, take)
            case .set(let form), .sortedSet(let form, _):
                for part in keys.chunks(ofCount: Self.collectionsAtOnce) {
                    try await scanMembers(of: Array(part), form, take)
                }
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
                command += [Self.text("COUNT"), Self.text("\(Self.pageSize)")]
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
        of keys: [[UInt8]], _ form: RedisForm.CollectionForm, _ take: @Sendable ([SinkEntry]) async throws -> Void
    ) async throws {
        var own: Set<Int> = []
        try await forEachPage(Self.text("HSCAN"), of: keys.map { RedisKey.name(.guards, of: $0) }) { pages in
            var entries: [SinkEntry] = []
            for (index, pairs) in pages {
                for place in stride(from: 0, to: pairs.count - 1, by: 2) {
                    guard mapping.owns(pairs[place + 1]) else { continue }
                    own.insert(index)
                    guard let version = mapping.liveVersion(pairs[place + 1]) else { continue }
                    let name = RedisMapping.collectionKey(keys[index], member: pairs[place])
                    entries.append(SinkEntry(key: name, version: version, place: [keys[index], pairs[place]]))
                }
            }
            if !entries.isEmpty { try await take(entries) }
        }
        guard form.lifetime != nil else { return }
        let unguarded = try await keysWithUnguardedMembers(own.sorted().map { keys[$0] })
        guard !unguarded.isEmpty else { return }
        try await take(unguarded.map { SinkEntry(key: $0, version: Version(rawValue: 0), place: [$0]) })
    }

    private func keysWithUnguardedMembers(_ keys: [[UInt8]]) async throws -> [[UInt8]] {
        var found: Set<Int> = []
        let isSorted = mapping.score != nil
        try await forEachPage(Self.text(isSorted ? "ZSCAN" : "SSCAN"), of: keys) { pages in
            let asked = pages.filter { !found.contains($0.index) }
            var commands = RedisCommands()
            for (index, elements) in asked {
                let members = isSorted ? stride(from: 0, to: elements.count, by: 2).map { elements[$0] } : elements
                try commands.append([Self.text("HMGET"), RedisKey.name(.guards, of: keys[index])] + members)
            }
            for ((index, _), reply) in zip(asked, try await client.send(commands).accepted()) {
                if reply.elements?.contains(.null) ?? true { found.insert(index) }
            }
        }
        return found.sorted().map { keys[$0] }
    }

    // MARK: Replies

    /// Hands over the pages of several collections together, by the place of their keys, until each is at its end.
    private func forEachPage(
        _ command: [UInt8], of keys: [[UInt8]], _ take: ([(index: Int, elements: [[UInt8]])]) async throws -> Void
    ) async throws {
        var open = keys.indices.map { (index: $0, cursor: Self.text("0")) }
        while !open.isEmpty {
            let count = Self.text("\(max(1, Self.pageSize / open.count))")
            var commands = RedisCommands()
            for (index, cursor) in open {
                try commands.append([command, keys[index], cursor, Self.text("COUNT"), count])
            }
            var pages: [(index: Int, elements: [[UInt8]])] = []
            var left: [(index: Int, cursor: [UInt8])] = []
            for ((index, _), reply) in zip(open, try await client.send(commands).accepted()) {
                let (cursor, elements) = try Self.page(reply)
                if !elements.isEmpty { pages.append((index, elements)) }
                if cursor != Self.text("0") { left.append((index, cursor)) }
            }
            if !pages.isEmpty { try await take(pages) }
            open = left
        }
    }

    /// What each of these commands answers; nil for a key that is gone, or has another type, by now.
    private func texts(_ all: [[[UInt8]]]) async throws -> [[UInt8]?] {
        var commands = RedisCommands()
        for command in all { try commands.append(command) }
        return try await client.send(commands).accepted(besides: "WRONGTYPE").map(\.bytes)
    }

    private static func page(_ reply: RedisReply) throws -> (cursor: [UInt8], elements: [[UInt8]]) {
        guard let parts = reply.elements, parts.count == 2, let cursor = parts[0].bytes,
            let elements = parts[1].elements
        else { throw MillraceError(.sinkRejected, "the server does not scan as Redis does") }
        return (cursor, elements.compactMap(\.bytes))
    }

    static func text(_ word: String) -> [UInt8] { Array(word.utf8) }
}

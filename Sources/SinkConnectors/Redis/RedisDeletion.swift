internal import Change
internal import Connector
internal import RedisCodec

/// Deletes what a scan found, up to a version.
struct RedisDeletion: Sendable {
    private let mapping: RedisMapping
    private let client: RedisClient
    /// How long a deletion is remembered.
    private let tombstone: Int64
    private let milliseconds: [UInt8]
    /// What is left behind.
    private let grave: [UInt8]

    init(mapping: RedisMapping, version: Version, tombstone: Int64, client: RedisClient) {
        self.mapping = mapping
        self.client = client
        self.tombstone = tombstone
        milliseconds = Array("\(tombstone)".utf8)
        var text: [UInt8] = []
        mapping.appendGuard(version, isDeleted: true, to: &text)
        grave = text
    }

    /// Deletes the entries whose guards are still what they were, or older, and returns how many that were.
    func run(_ entries: [SinkEntry]) async throws -> Int {
        switch mapping.form {
        case .hash(let form):
            try await delete(entries.map(\.key), by: .hashTruncate, [form.guardFieldName, grave, milliseconds])
        case .json:
            try await delete(entries.map(\.key), by: .textTruncate, [grave, milliseconds])
        case .arraySet:
            try await delete(entries.map(\.key), by: .arraySetTruncate, [grave, milliseconds])
        case .set(let form), .sortedSet(let form, _):
            try await deleteMembers(entries, form)
        case .stream, .invalidation: 0
        }
    }

    private func delete(_ keys: [[UInt8]], by script: RedisScript, _ arguments: [[UInt8]]) async throws -> Int {
        let calls = keys.map { key in
            ScriptCall(script, keys: [key, RedisKey.name(.guards, of: key)], arguments: arguments)
        }
        return try await client.call(calls).count { $0 == .integer(1) }
    }

    /// A collection that stands for members without guards goes as a whole: it has a lifetime, and the next change makes
    /// it anew.
    private func deleteMembers(_ entries: [SinkEntry], _ form: RedisForm.CollectionForm) async throws -> Int {
        var lifetimes = [milliseconds]
        if let lifetime = form.lifetime { lifetimes += [lifetime, lifetime + tombstone].map { Array("\($0)".utf8) } }
        let members = entries.filter { $0.place.count == 2 }
        let calls = members.map { entry in
            let key = entry.place[0]
            return ScriptCall(
                script(form), keys: [key, RedisKey.name(.guards, of: key), RedisKey.name(.graves, of: key)],
                arguments: [grave, entry.place[1]] + lifetimes)
        }
        let deleted = try await client.call(calls).count { $0 == .integer(1) }
        let unguarded = entries.filter { $0.place.count == 1 }.map(\.key)
        if !unguarded.isEmpty { _ = try await client.send([Array("DEL".utf8)] + unguarded) }
        return deleted
    }

    private func script(_ form: RedisForm.CollectionForm) -> RedisScript {
        if case .sortedSet = mapping.form { return form.lifetime == nil ? .sortedSetTruncate : .sortedSetTruncateFor }
        return form.lifetime == nil ? .setTruncate : .setTruncateFor
    }
}

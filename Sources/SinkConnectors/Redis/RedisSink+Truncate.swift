internal import Change
internal import Connector
internal import RedisCodec
internal import Wire

extension RedisSink {
    /// Finds the mapping's keys by their pattern and deletes what the mapping wrote before `floor`.
    ///
    /// What was written by another mapping, or by somebody else, stays: the guards say who wrote. A stream is a log and
    /// keeps its entries. Of an invalidation every key that matches is deleted: all of them are out of date.
    func truncate(_ mapping: any RowMapping, floor: Version) async throws {
        guard let mapping = mapping as? RedisMapping else { preconditionFailure("the sink made its mappings") }
        let truncation = RedisTruncation(
            mapping: mapping, floor: floor, tombstone: options.tombstoneLifetime.milliseconds, client: control)
        try await truncation.run()
    }
}

/// The deletion of a mapping's rows below a version.
struct RedisTruncation: Sendable {
    private let mapping: RedisMapping
    private let client: RedisClient
    /// How long a deletion is remembered.
    private let tombstone: Int64
    private let milliseconds: [UInt8]
    private let floorGuard: [UInt8]

    private static let pageSize = "1000"

    init(mapping: RedisMapping, floor: Version, tombstone: Int64, client: RedisClient) {
        self.mapping = mapping
        self.client = client
        self.tombstone = tombstone
        milliseconds = Array("\(tombstone)".utf8)
        var text: [UInt8] = []
        mapping.appendGuard(floor, isDeleted: true, to: &text)
        floorGuard = text
    }

    func run() async throws {
        guard let type else { return }
        switch KeyPattern(mapping.keyTemplate) {
        case .single(let key):
            try await delete([key])
        case .glob(let pattern):
            var cursor = Array("0".utf8)
            repeat {
                var command = ["SCAN"].map { Array($0.utf8) } + [cursor]
                command += [Array("MATCH".utf8), pattern, Array("COUNT".utf8), Array(Self.pageSize.utf8)]
                if !type.isEmpty { command += [Array("TYPE".utf8), Array(type.utf8)] }
                let (next, keys) = try Self.page(try await client.send(command))
                try await delete(keys)
                cursor = next
            } while cursor != Array("0".utf8)
        }
    }

    /// The type of the keys to look for, empty for any; nil where nothing has to be deleted.
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

    private func delete(_ keys: [[UInt8]]) async throws {
        guard !keys.isEmpty else { return }
        switch mapping.form {
        case .hash(let form):
            _ = try await client.call(
                keys.map { key in
                    ScriptCall(
                        .hashTruncate, keys: [key, RedisKey.name(.guards, of: key)],
                        arguments: [form.guardFieldName, floorGuard, milliseconds])
                })
        case .json:
            _ = try await client.call(
                keys.map { key in
                    ScriptCall(
                        .textTruncate, keys: [key, RedisKey.name(.guards, of: key)],
                        arguments: [floorGuard, milliseconds])
                })
        case .arraySet:
            _ = try await client.call(
                keys.map { key in
                    ScriptCall(
                        .arraySetTruncate, keys: [key, RedisKey.name(.guards, of: key)],
                        arguments: [floorGuard, milliseconds])
                })
        case .set(let form), .sortedSet(let form, _):
            for key in keys { try await deleteMembers(of: key, form) }
        case .invalidation:
            _ = try await client.send([Array("DEL".utf8)] + keys)
        case .stream: break
        }
    }

    /// Deletes the members whose guards are the mapping's own and older than the floor. A collection with a lifetime
    /// that held one goes as a whole, since not all of its members have guards: the next change makes it anew.
    private func deleteMembers(of key: [UInt8], _ form: RedisForm.CollectionForm) async throws {
        let guards = RedisKey.name(.guards, of: key)
        let keys = [key, guards, RedisKey.name(.graves, of: key)]
        var lifetimes = [milliseconds]
        if let lifetime = form.lifetime { lifetimes += [lifetime, lifetime + tombstone].map { Array("\($0)".utf8) } }
        var wasOutdated = false
        var cursor = Array("0".utf8)
        repeat {
            let reply = try await client.send(
                [Array("HSCAN".utf8), guards, cursor, Array("COUNT".utf8), Array(Self.pageSize.utf8)])
            let (next, pairs) = try Self.page(reply)
            var calls: [ScriptCall] = []
            for index in stride(from: 0, to: pairs.count - 1, by: 2) where isOutdated(pairs[index + 1]) {
                calls.append(
                    ScriptCall(memberDelete(form), keys: keys, arguments: [floorGuard, pairs[index]] + lifetimes))
            }
            _ = try await client.call(calls)
            wasOutdated = wasOutdated || !calls.isEmpty
            cursor = next
        } while cursor != Array("0".utf8)
        if wasOutdated, form.lifetime != nil { _ = try await client.send([Array("DEL".utf8), key]) }
    }

    private func memberDelete(_ form: RedisForm.CollectionForm) -> RedisScript {
        if case .sortedSet = mapping.form { return form.lifetime == nil ? .sortedSetDelete : .sortedSetDeleteFor }
        return form.lifetime == nil ? .setDelete : .setDeleteFor
    }

    /// Whether a guard stands for something that the mapping itself wrote before the floor and did not delete.
    private func isOutdated(_ text: [UInt8]) -> Bool {
        text.count == floorGuard.count && text[20] == UInt8(ascii: "+") && text[21...] == floorGuard[21...]
            && text[..<20].lexicographicallyPrecedes(floorGuard[..<20])
    }

    private static func page(_ reply: RedisReply) throws -> (cursor: [UInt8], elements: [[UInt8]]) {
        guard let parts = reply.elements, parts.count == 2, case .bulk(let cursor) = parts[0],
            let elements = parts[1].elements
        else { throw MillraceError(.sinkRejected, "the server does not scan as Redis does") }
        return (cursor, elements.compactMap { if case .bulk(let bytes) = $0 { bytes } else { nil } })
    }
}

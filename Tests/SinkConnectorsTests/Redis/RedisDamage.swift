import ConnectorTestKit
import Foundation
import RedisCodec

@testable import SinkConnectors

/// What somebody does to one row of the contract's table in Redis.
struct RedisDamage {
    let lab: RedisLab
    let form: RedisContractTests.Form
    let id: String

    private var key: String {
        switch form {
        case .hash, .hashUntil, .json: "\(lab.prefix):\(id)"
        case .expiringHash: "\(lab.prefix):{tag}:\(id)"
        case .expiringJSON: "{\(lab.prefix)}:\(id)"
        case .set, .sortedSet: "\(lab.prefix):all"
        case .expiringSet: "\(lab.prefix):\(id):all"
        case .expiringSortedSet: "{\(lab.prefix)}:\(id)"
        }
    }

    private var companion: String {
        String(decoding: RedisKey.name(.guards, of: Array(key.utf8)), as: UTF8.self)
    }

    private var member: String { "m\(id)" }

    private var isHash: Bool { [.hash, .expiringHash, .hashUntil].contains(form) }
    private var isJSON: Bool { [.json, .expiringJSON].contains(form) }
    private var expires: Bool { ![.hash, .json, .set, .sortedSet].contains(form) }

    func effect(of corruption: ContractCorruption) async throws -> ContractCorruption.Effect? {
        switch corruption {
        case .drop: try await drop()
        case .otherType: try await otherType()
        case .changedColumn: try await change()
        case .lostColumn: try await isHash ? different("HDEL", key, "name") : nil
        case .extraField: try await isHash ? different("HSET", key, "other", "") : nil
        case .otherText:
            switch form {
            case .hash, .expiringHash, .hashUntil: try await different("HSET", key, "number", "12.0")
            case .json, .expiringJSON:
                try await different("SET", key, #"{"id":"\#(id)","name":"whole","number":"12"}"#, "KEEPTTL")
            // A score is a number, however it is written.
            case .sortedSet, .expiringSortedSet: try await done(.equal, "ZADD", key, "12.0", member)
            case .set, .expiringSet: nil
            }
        case .lostGuard: try await loseGuard()
        case .foreignGuard: try await replaceGuard("00000000000000000009+01234567")
        case .deletedGuard: try await replaceGuard(try await ownGuard().replacingOccurrences(of: "+", with: "-"))
        // A key that should live for ever is missed when it is gone.
        case .otherLifetime: try await expires ? different("PERSIST", key) : nil
        }
    }

    private func done(
        _ effect: ContractCorruption.Effect, _ arguments: String...
    ) async throws -> ContractCorruption.Effect? {
        try await ask(arguments)
        return effect
    }

    private func different(_ arguments: String...) async throws -> ContractCorruption.Effect? {
        try await ask(arguments)
        return .different
    }

    private func ask(_ arguments: [String]) async throws {
        var commands = RedisCommands()
        try commands.append(arguments)
        if case .error(let error) = try await lab.client.send(commands)[0] {
            throw RedisFailures.thrown(for: error)
        }
    }

    private func drop() async throws -> ContractCorruption.Effect? {
        switch form {
        case .hash, .json, .hashUntil: try await done(.missing, "DEL", key)
        // What lived for a time may have ended.
        case .expiringHash, .expiringJSON: try await done(.unverifiable, "DEL", key)
        case .set: try await done(.missing, "SREM", key, member)
        case .sortedSet: try await done(.missing, "ZREM", key, member)
        case .expiringSet:
            // A collection that stands holds every member.
            try await done(
                .missing, "EVAL", "redis.call('SADD', KEYS[1], 'x'); return redis.call('SREM', KEYS[1], ARGV[1])", "1",
                key, member)
        case .expiringSortedSet: try await done(.unverifiable, "DEL", key)
        }
    }

    private func otherType() async throws -> ContractCorruption.Effect? {
        try await ask(["RENAME", key, "\(key):kept"])
        try await ask(["RPUSH", key, "x"])
        let effect = ContractCorruption.Effect.different
        // The rows of a shared collection have to stand again for what follows.
        guard form != .set, form != .sortedSet else {
            try await ask(["RENAME", "\(key):kept", key])
            return nil
        }
        return effect
    }

    private func change() async throws -> ContractCorruption.Effect? {
        switch form {
        case .hash, .expiringHash, .hashUntil: try await different("HSET", key, "name", "Whole")
        case .json, .expiringJSON:
            try await different("SET", key, #"{"id":"\#(id)","name":"Whole","number":12}"#, "KEEPTTL")
        case .sortedSet, .expiringSortedSet: try await different("ZADD", key, "12.000000000000002", member)
        case .set, .expiringSet: nil
        }
    }

    private func loseGuard() async throws -> ContractCorruption.Effect? {
        switch form {
        case .hash, .expiringHash, .hashUntil: try await different("HDEL", key, "__v")
        case .json, .expiringJSON: try await different("DEL", companion)
        case .set, .sortedSet: try await different("HDEL", companion, member)
        // Members of a collection that was built from a look-up need none.
        case .expiringSet, .expiringSortedSet: try await done(.equal, "HDEL", companion, member)
        }
    }

    private func replaceGuard(_ text: String) async throws -> ContractCorruption.Effect? {
        if isHash { return try await different("HSET", key, "__v", text) }
        if isJSON { return try await different("SET", companion, text) }
        return try await different("HSET", companion, member, text)
    }

    private func ownGuard() async throws -> String {
        let reply =
            if isHash { try await lab.ask("HGET", key, "__v") } else if isJSON {
                try await lab.ask("GET", companion)
            } else { try await lab.ask("HGET", companion, member) }
        return reply.text ?? ""
    }
}

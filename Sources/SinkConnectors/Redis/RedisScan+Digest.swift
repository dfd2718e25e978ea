internal import Algorithms
internal import Change
internal import Connector
internal import RedisCodec
internal import Wire

extension RedisScan {
    private static let rowsAtOnce = 250

    /// Hands over rows with what sums them up.
    ///
    /// - Parameter reader: reads the rows: an answer that is too large costs it its connection.
    func runDigesting(by reader: RedisClient, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        try await forEachPageOfKeys { keys in
            for part in keys.chunks(ofCount: Self.rowsAtOnce) { try await digest(part, by: reader, take) }
        }
    }

    /// Divides rows whose answer is larger than is read at once; one that is so alone has no digest.
    private func digest(
        _ keys: ArraySlice<[UInt8]>, by reader: RedisClient, _ take: @Sendable ([SinkEntry]) async throws -> Void
    ) async throws {
        do {
            let entries = try await entries(of: keys, by: reader)
            if !entries.isEmpty { try await take(entries) }
        } catch RedisConnectionError.malformed(.replyTooLarge), RedisConnectionError.malformed(.tooManyElements) {
            guard keys.count > 1 else { return try await report(Array(keys), take) }
            let middle = keys.startIndex + keys.count / 2
            try await digest(keys[..<middle], by: reader, take)
            try await digest(keys[middle...], by: reader, take)
        } catch let error as RedisConnectionError {
            throw RedisFailures.unavailable(error)
        }
    }

    private func entries(of keys: ArraySlice<[UInt8]>, by reader: RedisClient) async throws -> [SinkEntry] {
        var commands = RedisCommands()
        for key in keys {
            switch mapping.form {
            case .hash: try commands.append([Self.text("HGETALL"), key])
            default: try commands.append([Self.text("MGET"), RedisKey.name(.guards, of: key), key])
            }
        }
        let session = try await reader.connected()
        let replies = try await session.connection.send(commands).accepted(besides: "WRONGTYPE")
        return zip(keys, replies).compactMap { key, reply in
            guard let elements = reply.elements else { return nil }
            if case .hash(let form) = mapping.form { return hash(key, elements, guardedBy: form.guardFieldName) }
            return document(key, elements)
        }
    }

    /// The hash of a key; nil where it is gone, or somebody else's.
    private func hash(_ key: [UInt8], _ elements: [RedisReply], guardedBy guardName: [UInt8]) -> SinkEntry? {
        var digest = HashDigest()
        var version: Version?
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
            guard let name = elements[index].bytes, let value = elements[index + 1].bytes else {
                return nil
            }
            if name == guardName { version = mapping.liveVersion(value) } else { digest.add(name.span, value.span) }
        }
        return version.map { SinkEntry(key: key, version: $0, digest: digest.value) }
    }

    /// The document of a key; nil where it is gone, or somebody else's.
    private func document(_ key: [UInt8], _ elements: [RedisReply]) -> SinkEntry? {
        guard elements.count == 2, let guardText = elements[0].bytes, let text = elements[1].bytes,
            let version = mapping.liveVersion(guardText)
        else { return nil }
        return SinkEntry(key: key, version: version, digest: Hash64.of(text.span))
    }
}

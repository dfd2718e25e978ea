internal import Change
internal import Connector
internal import RedisCodec

extension RedisSink: DigestingSink {
    /// What has a lifetime is also told by how long it still has.
    func canDigest(_ mapping: any RowMapping) -> Bool {
        let mapping = redis(mapping)
        switch mapping.form {
        case .hash, .json: return mapping.lifetime == .forever
        case .arraySet, .set, .sortedSet, .stream, .invalidation: return false
        }
    }

    func digests(of writes: [SinkWrite]) -> [UInt64?] {
        var encoding = RedisEncoding()
        return writes.map { write in
            encoding.removeAll()
            do {
                try encoding.append(write, scripts: .unnamed, tombstone: options.tombstoneLifetime.milliseconds)
            } catch {
                return nil
            }
            let bytes = encoding.commands.bytes
            return encoding.commands.arguments().first.flatMap { arguments in
                RedisExpectation(write, redis(write.mapping), bytes: bytes, arguments: arguments).digest
            }
        }
    }

    func scanDigests(
        of mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void
    ) async throws {
        try await RedisScan(mapping: redis(mapping), client: control).runDigesting(by: comparer, take)
    }
}

internal import Change
internal import Connector

extension RedisSink: ReadableSink {
    func obstacle(toScanning mapping: any RowMapping) -> String? {
        switch redis(mapping).form {
        case .hash, .json, .arraySet, .set, .sortedSet: nil
        case .stream: "a stream is a log and keeps its entries"
        case .invalidation: "the keys are another's and bear no version"
        }
    }

    func scan(_ mapping: any RowMapping, _ take: @Sendable ([SinkEntry]) async throws -> Void) async throws {
        try await RedisScan(mapping: redis(mapping), client: control).run(take)
    }

    func delete(_ entries: [SinkEntry], of mapping: any RowMapping, upTo version: Version) async throws -> Int {
        let deletion = RedisDeletion(
            mapping: redis(mapping), version: version, tombstone: options.tombstoneLifetime.milliseconds,
            client: control)
        return try await deletion.run(entries)
    }

    func redis(_ mapping: any RowMapping) -> RedisMapping {
        guard let mapping = mapping as? RedisMapping else { preconditionFailure("the sink made its mappings") }
        return mapping
    }
}

internal import Change
internal import Connector

extension RedisSink: ComparableSink {
    func obstacle(toComparing mapping: any RowMapping) -> String? { redis(mapping).form.obstacleToComparing }

    /// Reads beside the lanes, over a connection of its own: an answer that is too large costs no marker.
    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        try await RedisComparison(client: comparer, tombstone: options.tombstoneLifetime.milliseconds).compare(writes)
    }
}

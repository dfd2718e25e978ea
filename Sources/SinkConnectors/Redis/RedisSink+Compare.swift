internal import Change
internal import Connector

extension RedisSink: ComparableSink {
    func obstacle(toComparing mapping: any RowMapping) -> String? { redis(mapping).form.obstacleToComparing }

    /// Reads beside the lanes, over a connection of its own: an answer that is too large costs no marker.
    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        let comparison = RedisComparison(
            client: comparer, target: target, tombstone: options.tombstoneLifetime.milliseconds)
        return try await comparison.compare(writes)
    }
}

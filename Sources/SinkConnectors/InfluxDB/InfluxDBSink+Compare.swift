internal import Change
internal import Connector

extension InfluxDBSink: ComparableSink {
    func obstacle(toComparing mapping: any RowMapping) -> String? {
        guard let mapping = mapping as? InfluxDBMapping else { return "the mapping is another sink's" }
        return mapping.obstacleToComparing
    }

    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        try await PointComparison(client: client).compare(writes)
    }
}

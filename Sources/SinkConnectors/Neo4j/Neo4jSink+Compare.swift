internal import Change
internal import Connector

extension Neo4jSink: ComparableSink {
    func obstacle(toComparing mapping: any RowMapping) -> String? {
        guard let mapping = mapping as? Neo4jMapping else { return "the mapping is another sink's" }
        return mapping.form.obstacleToComparing
    }

    /// Reads beside the lanes, over a connection of its own: an answer that is too large costs no marker.
    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        try await GraphComparison(comparer).compare(writes)
    }
}

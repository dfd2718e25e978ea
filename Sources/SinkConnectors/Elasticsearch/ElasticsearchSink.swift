internal import Change
internal import Connector
internal import Logging
internal import NIOCore
internal import Wire

/// Keeps one document for each row in indices of Elasticsearch or OpenSearch.
///
/// Every write carries its version as an external one, so that the cluster itself refuses what is older than what it
/// has: writes may repeat, and lanes may overtake each other.
final class ElasticsearchSink: ChangeSink {
    let traits: SinkTraits
    let pipeline: String
    let options: ElasticsearchOptions
    let client: ElasticsearchClient
    let ledger: IndexLedger
    let logger: Logger

    /// - Parameter name: the sink's name within the pipeline.
    init(
        pipeline: String, name: String, options: ElasticsearchOptions, client: ElasticsearchClient, logger: Logger
    ) {
        self.pipeline = pipeline
        self.options = options
        self.client = client
        self.logger = logger
        ledger = IndexLedger(
            pipeline: pipeline, sink: name, markerIndex: options.markerIndex, client: client, logger: logger)
        traits = SinkTraits(options.sending)
    }

    func makeMapping(_ request: MappingRequest) throws -> any RowMapping {
        try ElasticsearchMapping(request)
    }

    func open() async throws -> SinkIncarnation {
        let server = try await client.detect()
        guard let cluster = server.clusterID else {
            throw MillraceError(.sinkUnavailable, "the cluster has not formed yet")
        }
        return SinkIncarnation(["cluster": cluster, "store": try await ledger.open()])
    }

    func readMarker(pipeline: String) async throws -> SinkMarker? {
        try await ledger.marker()
    }

    func writeMarker(_ marker: SinkMarker) async throws {
        try await ledger.setMarker(marker)
    }

    func removeMarker(pipeline: String) async throws {
        try await ledger.remove()
    }

    func close() async {
        await client.close()
    }

    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult] {
        var batch = BulkBatch(writes)
        guard !batch.isEmpty else { return batch.finish() }
        try await createIndices(named: writes)
        let response = try await client.send(.bulk(batch.body))
        guard response.isSuccess else {
            batch.settle(try AnswerTable.results(ofWhole: response, count: batch.count))
            return batch.finish()
        }
        try await verify(try batch.settle(response))
        return batch.finish()
    }
}

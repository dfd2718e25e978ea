internal import Change
internal import Connector
internal import NIOCore
internal import Wire

extension ElasticsearchSink: ComparableSink {
    func obstacle(toComparing mapping: any RowMapping) -> String? { nil }

    /// Gets the documents by their ids, which sees what no search has been shown yet.
    func compare(_ writes: [SinkWrite]) async throws -> [Comparison] {
        var comparisons: [Comparison] = []
        comparisons.reserveCapacity(writes.count)
        var rest = writes[...]
        while !rest.isEmpty {
            var batch = CompareBatch(rest)
            rest = rest.dropFirst(batch.writeCount)
            try await get(&batch)
            comparisons += batch.comparisons
        }
        return comparisons
    }

    /// Asks for the documents of a batch; for those of one that answers with too much, one by one.
    private func get(_ batch: inout CompareBatch) async throws {
        guard !batch.isEmpty else { return }
        let response: HTTPAnswer
        do {
            response = try await client.send(batch.request)
        } catch let error as MillraceError where error.underlying is NIOTooManyBytesError {
            guard batch.writeCount > 1 else { return batch.giveUp() }
            for (index, write) in batch.writes.enumerated() {
                var single = CompareBatch([write])
                try await get(&single)
                batch.comparisons[index] = single.comparisons[0]
            }
            return
        }
        try AnswerTable.requireSuccess(response, doing: "comparing documents")
        do throws(WireError) {
            try batch.settle(response.body.readableBytesUInt8Span)
        } catch {
            throw MillraceError(.sinkUnavailable, "the cluster's answer to a request for documents cannot be read")
        }
        if let refusal = batch.refusal { throw refusal }
    }
}

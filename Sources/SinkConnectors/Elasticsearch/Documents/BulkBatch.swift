internal import Change
internal import Connector
internal import NIOCore
internal import Wire

/// One batch of writes on its way: what is sent, and what became of each.
struct BulkBatch: ~Copyable {
    private let writes: [SinkWrite]
    private var encoding: ElasticsearchEncoding
    /// Where in `writes` each item of the request stands.
    private var sent: [Int] = []
    private var results: [ItemResult]

    /// Encodes the writes; those that cannot be are settled at once.
    init(_ writes: [SinkWrite]) {
        self.writes = writes
        var bytes = 0
        for write in writes { bytes += write.row.byteCount + 128 + 24 * write.row.count }
        encoding = ElasticsearchEncoding(reserving: bytes)
        results = []
        results.reserveCapacity(writes.count)
        sent.reserveCapacity(writes.count)
        for index in writes.indices { encode(index) }
    }

    /// How many items the request has.
    var count: Int { sent.count }
    var isEmpty: Bool { sent.isEmpty }

    /// The request's body.
    var body: [UInt8] { encoding.body }

    /// Settles every item of a request that was answered as a whole.
    mutating func settle(_ answers: [ItemResult]) {
        for (place, answer) in zip(sent, answers) { results[place] = answer }
    }

    /// Settles every item by the response's own word on it.
    ///
    /// - Returns: the writes after which the identity of their index must be verified.
    /// - Throws: ``MillraceError`` with `sinkUnavailable` where the response cannot be read: nothing is known then.
    mutating func settle(_ response: HTTPAnswer) throws(MillraceError) -> [IndexEvidence] {
        do throws(WireError) {
            return try read(response.body.readableBytesUInt8Span)
        } catch {
            throw MillraceError(.sinkUnavailable, "the cluster's answer to a bulk request cannot be read")
        }
    }

    /// One result for each write, in order.
    consuming func finish() -> [ItemResult] { results }

    private mutating func encode(_ index: Int) {
        let write = writes[index]
        guard let mapping = write.mapping as? ElasticsearchMapping else {
            results.append(.stop(MillraceError(.invariant, "a write came with the mapping of another sink")))
            return
        }
        do throws(RowProblem) {
            try encoding.append(write, mapping: mapping)
            sent.append(index)
            // Replaced by the answer; if none came, it would be sent again.
            results.append(.retry(reason: "not answered"))
        } catch {
            results.append(error.result(mapping))
        }
    }

    private mutating func read(_ bytes: Span<UInt8>) throws(WireError) -> [IndexEvidence] {
        var reader = try BulkResponseReader(bytes)
        var evidence: [IndexEvidence] = []
        var last: IndexEvidence?
        for place in sent {
            guard let item = try reader.next(in: bytes) else { throw .malformed("bulk response") }
            let write = writes[place]
            guard let mapping = write.mapping as? ElasticsearchMapping else { continue }
            results[place] = AnswerTable.result(of: item, in: bytes, action: write.action, mapping: mapping)
            guard IndexEvidence.isGiven(by: item) else { continue }
            // A replay is refused item by item by one index: it says so once.
            if let last, last.says(item, in: bytes, of: mapping) { continue }
            guard let found = IndexEvidence(item, in: bytes, write: write, mapping: mapping) else { continue }
            last = found
            evidence.append(found)
        }
        guard try reader.next(in: bytes) == nil else { throw .malformed("bulk response") }
        return evidence
    }
}

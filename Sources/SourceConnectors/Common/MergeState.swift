internal import Change
internal import Threads

/// Merges the rows of snapshots into a feed, without I/O: decides what the stream has overtaken.
///
/// Everything that the feed delivers passes through ``willDeliver(_:)`` before it is handed over, and every batch of
/// a chunk through ``next()`` when its turn has come, both on the feed's thread. A chunk is opened *before* its
/// database snapshot is taken. So for a row of the chunk, each transaction that changed its key was
/// - delivered before the chunk was opened: then it is in ``delivered``, and the chunk is only read from a snapshot
///   that sees it: the row is as new;
/// - delivered since and committed after P: then its key is noted, and the row is dropped;
/// - delivered since and committed at or before P, by a stream that lags: then the chunk's snapshot sees it, and the row,
///   which bears the version of P, is as new;
/// - or is not delivered yet: then it will be, after the row.
///
/// So each row of the table leaves a version of at least P in a sink: its own, or that of a change which overtook it. A
/// sweep relies on it.
///
/// A chunk of an audit is held until everything that its snapshot sees was delivered, which leaves out the last case: a
/// row that is handed over is exactly what the changes before it lead to.
struct MergeState {
    typealias ChunkID = Int

    private struct Queued {
        var batch: ChangeBatch
        var chunk: ChunkID
        var run: Int
        var cost: Int
    }

    private var chunks: [ChunkID: OpenChunk] = [:]
    private var nextID = 0
    private var queue: [Queued] = []
    private var runs = 0
    /// Transactions that were delivered while a snapshot runs and that no database snapshot is known to see.
    ///
    /// Those delivered before the first run began have lower numbers than the run's B, and every chunk sees them.
    private(set) var delivered: Set<UInt64> = []
    private var queuedBytes: [Int: Int] = [:]
    /// The last commit that was delivered to its end.
    private var deliveredThrough: UInt64 = 0

    /// Whether a batch may be handed over now.
    func hasBatches(in headroom: @autoclosure () -> Headroom) -> Bool {
        guard !queue.isEmpty else { return false }
        let headroom = headroom()
        return queue.contains { mayPass($0, headroom) }
    }
    /// How many bytes of a run's rows are queued.
    func queuedBytes(of run: Int) -> Int { queuedBytes[run] ?? 0 }
    /// Whether rows wait for the stream to come so far.
    var isHolding: Bool { chunks.values.contains { $0.heldUntil ?? 0 > deliveredThrough } }
    var hasRuns: Bool { runs > 0 }

    mutating func beginRun() { runs += 1 }

    mutating func endRun() {
        runs -= 1
        if runs == 0 { delivered = [] }
    }

    /// Opens a chunk. Its snapshot may be taken from now on and has to see the returned transactions.
    ///
    /// - Parameter commit: P.
    mutating func open(
        table: UInt64, keyColumns: [String], commit: UInt64
    ) -> (chunk: ChunkID, mustSee: Set<UInt64>) {
        defer { nextID += 1 }
        chunks[nextID] = OpenChunk(table: table, keyColumns: keyColumns, commit: commit)
        return (nextID, delivered)
    }

    /// Holds a chunk until the stream was delivered through a commit: its rows are to be compared.
    mutating func hold(_ chunk: ChunkID, until commit: UInt64) { chunks[chunk]?.heldUntil = commit }

    /// Closes a chunk; what is queued of it is forgotten.
    mutating func close(_ chunk: ChunkID) {
        chunks[chunk] = nil
        for queued in queue where queued.chunk == chunk { leave(queued) }
        queue.removeAll { $0.chunk == chunk }
    }

    /// Forgets delivered transactions that every later snapshot sees as well.
    mutating func prune(_ isSeen: (UInt64) -> Bool) {
        delivered = delivered.filter { !isSeen($0) }
    }

    /// Takes note of what the feed is about to hand over.
    mutating func willDeliver(_ batch: ChangeBatch) {
        for transaction in batch.transactions where transaction.isComplete {
            deliveredThrough = max(deliveredThrough, transaction.commit)
        }
        guard runs > 0 else { return }
        for transaction in batch.transactions where transaction.id != 0 { delivered.insert(transaction.id) }
        for id in Array(chunks.keys) {
            for transaction in batch.transactions {
                for change in batch.changes[transaction.changes] {
                    chunks[id]?.note(change, of: transaction, in: batch)
                }
            }
        }
    }

    /// Whether a chunk can go on: false when the stream brought something that it cannot be reconciled with.
    func isSound(_ chunk: ChunkID) -> Bool { chunks[chunk]?.isSpoiled == false }

    /// Queues rows of an open chunk.
    mutating func append(_ batch: ChangeBatch, of chunk: ChunkID) {
        guard chunks[chunk] != nil, case .snapshot(let origin) = batch.origin else { return }
        let queued = Queued(batch: batch, chunk: chunk, run: origin.run, cost: batch.byteCount)
        queue.append(queued)
        queuedBytes[queued.run, default: 0] += queued.cost
    }

    private mutating func leave(_ queued: Queued) {
        let left = queuedBytes(of: queued.run) - queued.cost
        queuedBytes[queued.run] = left == 0 ? nil : left
    }

    /// The next batch to hand over, without the rows that were overtaken; nil when there is none.
    ///
    /// - Parameter headroom: what there is room for, by the numbers of runs. The longer rows wait, the more of them are
    ///   overtaken.
    mutating func next(in headroom: Headroom) -> ChangeBatch? {
        while let index = queue.firstIndex(where: { mayPass($0, headroom) }) {
            let queued = queue.remove(at: index)
            leave(queued)
            guard var chunk = chunks[queued.chunk], !chunk.isSpoiled else { continue }
            var batch = queued.batch
            guard case .snapshot(var origin) = batch.origin else { continue }
            let overtaken = chunk.dropOvertaken(from: &batch)
            origin.superseded += overtaken.count
            origin.isAudit = chunk.heldUntil != nil
            if origin.isAudit { origin.overtaken = overtaken.map(\.primaryKeyTexts) }
            batch.origin = .snapshot(origin)
            chunks[queued.chunk] = origin.isLastOfChunk ? nil : chunk
            return batch
        }
        return nil
    }

    /// Rows that are only compared fill a small part of the way to the sinks.
    private func mayPass(_ queued: Queued, _ headroom: Headroom) -> Bool {
        guard let heldUntil = chunks[queued.chunk]?.heldUntil else {
            return headroom.isThere(for: queued.run, share: 1)
        }
        return heldUntil <= deliveredThrough && headroom.isThere(for: queued.run, share: 8)
    }

    /// Whether a chunk's last batch was handed over, or it was closed.
    func isFinished(_ chunk: ChunkID) -> Bool { chunks[chunk] == nil }
}

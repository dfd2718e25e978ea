internal import Change
internal import Connector

/// How far a feed has been delivered, to the change: what keeps a re-sent part from being delivered again.
struct StreamCursor: Sendable {
    /// The last transaction that was delivered as a whole; the stream is asked for from its end on.
    private(set) var delivered: SourceProgress
    /// The transaction that was delivered in part, and the ordinal of the first change that was not.
    private(set) var partial: (commit: UInt64, nextOrdinal: UInt64)?

    init(after progress: SourceProgress) {
        delivered = progress
    }

    /// Takes out of a batch what was delivered before and counts the rest as delivered. Returns false where nothing is
    /// left.
    ///
    /// Batches of one connection come in order, and a new connection begins at or before the end of ``delivered``.
    mutating func admit(_ batch: inout ChangeBatch) -> Bool {
        dropDelivered(&batch)
        for transaction in batch.transactions {
            if let end = transaction.end {
                delivered = SourceProgress(commit: transaction.commit, end: end)
                partial = nil
            } else if let last = transaction.changes.last {
                partial = (transaction.commit, batch.changes[last].ordinal + 1)
            }
        }
        return batch.transactions.contains { $0.isComplete || !$0.changes.isEmpty }
    }

    /// A transaction without changes that carries the position past everything that was sent, or nil where it would
    /// carry it nowhere.
    ///
    /// - Precondition: everything that the server sent before `end` was admitted, and no transaction is under way.
    mutating func advance(to end: UInt64, commit: UInt64, at time: Int64) -> Transaction? {
        guard end > delivered.end, commit > delivered.commit, partial == nil else { return nil }
        delivered = SourceProgress(commit: commit, end: end)
        return Transaction(commit: commit, end: end, id: 0, committedAt: time, changes: 0..<0)
    }

    /// Everything that was delivered before is at the beginning of the batch.
    private func dropDelivered(_ batch: inout ChangeBatch) {
        var wholeTransactions = 0
        var changes = 0
        for transaction in batch.transactions {
            if transaction.commit <= delivered.commit {
                wholeTransactions += 1
                changes = transaction.changes.upperBound
            } else if let partial, transaction.commit == partial.commit {
                changes =
                    transaction.changes.first { batch.changes[$0].ordinal >= partial.nextOrdinal }
                    ?? transaction.changes.upperBound
                break
            } else {
                break
            }
        }
        guard wholeTransactions > 0 || changes > 0 else { return }
        batch.transactions.removeFirst(wholeTransactions)
        batch.changes.removeFirst(changes)
        for index in batch.transactions.indices {
            let range = batch.transactions[index].changes
            batch.transactions[index].changes =
                max(0, range.lowerBound - changes)..<max(0, range.upperBound - changes)
        }
    }
}

internal import Change
internal import Connector

/// How far one feed has come, seen at the boundaries of transactions.
struct FeedProgress {
    /// The last transaction that was passed on as a whole.
    private(set) var whole: SourceProgress
    /// Whether nothing of a further transaction was passed on.
    private(set) var isBetweenTransactions = true

    init(after progress: SourceProgress) {
        whole = progress
    }

    /// Notes a batch of the stream that was passed on.
    mutating func note(_ batch: ChangeBatch) {
        guard let last = batch.transactions.last else { return }
        if let transaction = batch.transactions.last(where: \.isComplete), let end = transaction.end {
            whole = max(whole, SourceProgress(commit: transaction.commit, end: end))
        }
        isBetweenTransactions = last.isComplete
    }
}

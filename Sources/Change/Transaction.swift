/// One transaction of the source, or the part of it that a batch carries.
public struct Transaction: Sendable {
    /// The commit's position, known from the transaction's first change on.
    public var commit: UInt64
    /// What to resume from once the whole transaction is durable, in the source's own form; nil until its commit was
    /// received. PostgreSQL: the commit's end LSN.
    public var end: UInt64?
    /// The source's own number of the transaction. PostgreSQL: the 64-bit transaction id; zero where there is none.
    public var id: UInt64
    /// When the source committed it, in microseconds since 1970, UTC.
    public var committedAt: Int64
    /// The changes of the transaction that the batch holds.
    public var changes: Range<Int>

    public init(commit: UInt64, end: UInt64?, id: UInt64, committedAt: Int64, changes: Range<Int>) {
        self.commit = commit
        self.end = end
        self.id = id
        self.committedAt = committedAt
        self.changes = changes
    }

    /// Whether this part is the last: nothing of the transaction follows.
    public var isComplete: Bool { end != nil }
}

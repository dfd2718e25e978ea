internal import Connector
public import Engine

/// How the source stands.
public struct SourceReport: Codable, Sendable, Equatable {
    public var receivedCommit: UInt64?
    public var receivedAtUs: Int64?
    public var lastCommitAtUs: Int64?
    public var transactions: UInt64
    public var changes: UInt64
    public var bytes: UInt64
    public var acknowledged: ProgressReport?
    /// The newest position of the source's log.
    public var head: UInt64?
    /// How far the acknowledged position is behind the head, in bytes of log; nil where positions do not count them.
    public var lagBytes: UInt64?
    public var retainedBytes: Int?
    public var retainedBytesMax: Int?
    public var warnings: [String]

    /// - Parameter status: the status to report.
    public init(_ status: SourceStatus) {
        receivedCommit = status.received
        receivedAtUs = status.receivedAt
        lastCommitAtUs = status.lastCommitAt
        transactions = status.transactions
        changes = status.changes
        bytes = status.bytes
        acknowledged = status.acknowledged.map(ProgressReport.init)
        head = status.health?.head
        lagBytes = Lag.bytes(from: status.acknowledged, to: status.health?.headInBytes)
        retainedBytes = status.health?.retainedBytes
        retainedBytesMax = status.health?.retainedBytesMax
        warnings = status.health?.warnings ?? []
    }
}

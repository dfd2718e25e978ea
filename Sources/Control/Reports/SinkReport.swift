public import Engine

/// How one sink stands.
public struct SinkReport: Codable, Sendable, Equatable {
    public var name: String
    public var kind: String
    public var caughtUp: Bool
    /// Why it takes nothing any more.
    public var stopReason: String?
    public var detached: Bool
    public var circuitOpen: Bool
    public var applied: ProgressReport?
    public var checkpoint: ProgressReport?
    public var checkpointAtUs: Int64?
    /// How far the checkpoint is behind the source's head, in bytes of log.
    public var lagBytes: UInt64?
    public var lag: LagReport?
    public var pendingWrites: Int
    public var pendingBytes: Int
    public var batches: UInt64
    public var writes: UInt64
    public var retries: UInt64
    public var lastRetryReason: String?
    /// What it does while it takes no writes, such as a truncate.
    public var activity: String?
    public var changes: [LedgerReport]

    /// - Parameter head: the newest position of the source's log, if it is known and counts bytes.
    public init(_ status: SinkStatus, head: UInt64?) {
        name = status.name
        kind = status.kind
        caughtUp = status.isCaughtUp
        stopReason = status.stopReason
        detached = status.isDetached
        circuitOpen = status.isCircuitOpen
        applied = status.applied.map(ProgressReport.init)
        checkpoint = status.checkpoint.map(ProgressReport.init)
        checkpointAtUs = status.checkpointAt
        lagBytes = Lag.bytes(from: status.checkpoint, to: head)
        lag = status.lag.map(LagReport.init)
        pendingWrites = status.pendingWrites
        pendingBytes = status.pendingBytes
        batches = status.batches
        writes = status.writes
        retries = status.retries
        lastRetryReason = status.lastRetryReason
        activity = status.activity
        changes = status.ledger.map(LedgerReport.init)
    }

    /// The sums over all tables and mappings.
    public var total: LedgerReport {
        LedgerReport(sumOf: changes)
    }
}

/// From commit at the source to applied, in microseconds.
public struct LagReport: Codable, Sendable, Equatable {
    public var count: UInt64
    public var p50Us: Int64
    public var p99Us: Int64
    public var maxUs: Int64
    public var latestUs: Int64

    /// - Parameter lag: the lag to report.
    public init(_ lag: LagSummary) {
        count = lag.count
        p50Us = lag.p50
        p99Us = lag.p99
        maxUs = lag.max
        latestUs = lag.latest
    }
}

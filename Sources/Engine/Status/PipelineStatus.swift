public import Change
public import Connector

/// How one pipeline stands, as one consistent value: what `status`, health and metrics are made from.
public struct PipelineStatus: Sendable {
    public enum Phase: Sendable, Equatable {
        case starting
        case running
        case paused
        /// Taking nothing new; what was taken is being applied and checkpointed.
        case draining
        case stopped
        case failed(reason: String)
    }

    public var pipeline: String
    public var phase: Phase
    /// When the value was made, in microseconds since 1970; so are all times in it.
    public var at: Int64
    public var startedAt: Int64
    public var source: SourceStatus
    public var sinks: [SinkStatus]
    public var snapshots: [SnapshotStatus]

    public init(pipeline: String, phase: Phase, at: Int64, startedAt: Int64) {
        self.pipeline = pipeline
        self.phase = phase
        self.at = at
        self.startedAt = startedAt
        source = SourceStatus()
        sinks = []
        snapshots = []
    }

    /// Whether every sink has applied and checkpointed everything up to the source's head, and no snapshot runs.
    public var isCaughtUp: Bool {
        phase == .running && snapshots.allSatisfy(\.isComplete)
            && sinks.allSatisfy { $0.stopReason == nil && $0.isCaughtUp }
    }
}

/// How the source stands.
public struct SourceStatus: Sendable {
    /// The last commit position that was received, nil before the first.
    public var received: UInt64?
    public var receivedAt: Int64?
    /// When the last received transaction was committed at the source.
    public var lastCommitAt: Int64?
    public var transactions: UInt64 = 0
    public var changes: UInt64 = 0
    public var bytes: UInt64 = 0
    public var acknowledged: SourceProgress?
    public var health: SourceHealth?

    public init() {}
}

/// How one sink stands.
public struct SinkStatus: Sendable {
    public var name: String
    public var kind: String
    /// Everything up to here is applied.
    public var applied: SourceProgress?
    /// Everything up to here is applied and checkpointed.
    public var checkpoint: SourceProgress?
    public var checkpointAt: Int64?
    /// How many writes and bytes are taken and not settled.
    public var pendingWrites: Int = 0
    public var pendingBytes: Int = 0
    public var batches: UInt64 = 0
    public var writes: UInt64 = 0
    public var retries: UInt64 = 0
    public var isCaughtUp = false
    /// Whether a feed of its own brings the sink back to the others.
    public var isDetached = false
    public var isCircuitOpen = false
    /// The last reason for a retry, without values of rows.
    public var lastRetryReason: String?
    /// What the sink does while it takes no writes, such as a truncate; nil while it takes them.
    public var activity: String?
    /// Why the sink takes nothing any more; nil while it does.
    public var stopReason: String?
    /// From commit at the source to applied, in microseconds, over the process's life.
    public var lag: LagSummary?
    public var ledger: [LedgerLine] = []

    public init(name: String, kind: String) {
        self.name = name
        self.kind = kind
    }
}

/// Percentiles of a lag, in microseconds.
public struct LagSummary: Sendable, Equatable {
    public var count: UInt64
    public var p50: Int64
    public var p99: Int64
    public var max: Int64
    /// The lag of the newest applied write.
    public var latest: Int64

    public init(count: UInt64, p50: Int64, p99: Int64, max: Int64, latest: Int64) {
        self.count = count
        self.p50 = p50
        self.p99 = p99
        self.max = max
        self.latest = latest
    }
}

/// What became of the changes of one table in one mapping: the conservation ledger.
public struct LedgerLine: Sendable, Equatable {
    public var table: TableName
    public var mapping: String
    public var counts: LedgerCounts

    public init(table: TableName, mapping: String, counts: LedgerCounts) {
        self.table = table
        self.mapping = mapping
        self.counts = counts
    }
}

/// How one table's first load or re-sync stands.
public struct SnapshotStatus: Sendable, Equatable {
    public var table: TableName
    public var sinks: [String]
    public var rowsRead: UInt64
    public var bytesRead: UInt64
    /// How many rows a sweep has deleted from the sinks, because the table no longer has them.
    public var rowsDeleted: UInt64 = 0
    public var rowsEstimated: Int
    public var bytesEstimated: Int
    public var chunksFinished: Int
    public var chunkCount: Int
    public var startedAt: Int64
    public var isComplete: Bool
    /// What the reading waits for. nil while it waits for nothing.
    public var waitsFor: String?

    public init(
        table: TableName, sinks: [String], rowsRead: UInt64 = 0, bytesRead: UInt64 = 0, rowsEstimated: Int,
        bytesEstimated: Int, chunksFinished: Int, chunkCount: Int, startedAt: Int64, isComplete: Bool = false
    ) {
        self.table = table
        self.sinks = sinks
        self.rowsRead = rowsRead
        self.bytesRead = bytesRead
        self.rowsEstimated = rowsEstimated
        self.bytesEstimated = bytesEstimated
        self.chunksFinished = chunksFinished
        self.chunkCount = chunkCount
        self.startedAt = startedAt
        self.isComplete = isComplete
    }
}

internal import Connector
public import Engine

/// Decides whether one pipeline is healthy: not whether its process lives, but whether it gets on.
///
/// A value without a clock: ``observe(_:at:)`` is given one status after another and how long the process has been up
/// by a clock that never goes back.
public struct HealthRule: Sendable {
    /// What a pipeline has done so far; any difference is progress.
    private struct Mark: Equatable {
        var checkpoints: [UInt64?]
        var received: UInt64?
        var settled: UInt64
        var snapshotRows: UInt64
        var snapshotChunks: Int
    }

    /// How long a pipeline may make no progress while the source's head moves on.
    public let patience: Duration
    private var mark: Mark?
    private var headAtMark: UInt64?
    private var stalledSince: Duration?

    /// - Parameter patience: how long a standstill is allowed to last.
    public init(patience: Duration) {
        self.patience = patience
    }

    /// The verdict after one more look.
    public mutating func observe(_ status: PipelineStatus, at uptime: Duration) -> HealthVerdict {
        let isStalled = hasStalled(status, at: uptime)
        switch status.phase {
        case .failed(let reason): return .unhealthy("failed: \(reason)")
        case .stopped: return .unhealthy("stopped")
        case .paused: return .healthy("paused")
        case .starting: return isStalled ? .unhealthy("has not come up") : .healthy("starting")
        case .draining: return isStalled ? .unhealthy("does not come to an end") : .healthy("draining")
        case .running: break
        }
        if let sink = status.sinks.first(where: { $0.stopReason != nil }) {
            return .unhealthy("sink \(sink.name) stopped: \(sink.stopReason ?? "")")
        }
        return isStalled ? .unhealthy("no progress while the source moves on") : .healthy("running")
    }

    private mutating func hasStalled(_ status: PipelineStatus, at uptime: Duration) -> Bool {
        let new = Mark(
            checkpoints: status.sinks.map { $0.checkpoint?.end }, received: status.source.received,
            settled: status.sinks.reduce(0) { $0 + $1.ledger.reduce(0) { $0 + $1.counts.settled } },
            snapshotRows: status.snapshots.reduce(0) { $0 + $1.rowsRead },
            snapshotChunks: status.snapshots.reduce(0) { $0 + $1.chunksFinished })
        let head = status.source.health?.head
        guard new == mark, status.phase != .paused else {
            (mark, headAtMark, stalledSince) = (new, head, nil)
            return false
        }
        if headAtMark == nil { headAtMark = head }
        // Until it runs, and while it drains, standing still is wrong whatever the source does.
        guard head != headAtMark || status.phase != .running else { return false }
        let since = stalledSince ?? uptime
        stalledSince = since
        return uptime - since >= patience
    }
}

/// Whether a pipeline gets on.
public enum HealthVerdict: Sendable, Equatable {
    case healthy(String)
    /// The words say why.
    case unhealthy(String)

    /// Whether it is the good one.
    public var isHealthy: Bool { if case .healthy = self { true } else { false } }

    /// What to show.
    public var words: String {
        switch self {
        case .healthy(let words), .unhealthy(let words): words
        }
    }
}

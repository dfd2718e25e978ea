public import Connector
public import Engine

/// How a pipeline stands, in the form that `status --json`, `/status` and the socket speak. Times are microseconds
/// since 1970, durations microseconds. It holds no value of a row.
public struct StatusReport: Codable, Sendable, Equatable {
    public var pipeline: String
    /// `starting`, `running`, `paused`, `draining`, `stopped` or `failed`.
    public var phase: String
    /// Why it failed.
    public var reason: String?
    public var atUs: Int64
    public var startedAtUs: Int64
    public var caughtUp: Bool
    public var source: SourceReport
    public var sinks: [SinkReport]
    public var snapshots: [SnapshotReport]
    /// How many parked changes wait in the store, from this run and those before it.
    public var parkedWaiting: Int?

    /// - Parameter parkedWaiting: how many parked changes wait in the store; nil if that is not known.
    public init(_ status: PipelineStatus, parkedWaiting: Int? = nil) {
        pipeline = status.pipeline
        (phase, reason) = Self.words(for: status.phase)
        atUs = status.at
        startedAtUs = status.startedAt
        caughtUp = status.isCaughtUp
        source = SourceReport(status.source)
        sinks = status.sinks.map { SinkReport($0, head: status.source.health?.headInBytes) }
        snapshots = status.snapshots.map(SnapshotReport.init)
        self.parkedWaiting = parkedWaiting
    }

    /// The tables that are being copied; none while the pipeline does not run.
    public var unfinishedSnapshots: [SnapshotReport] {
        phase == "running" ? snapshots.filter { !$0.complete } : []
    }

    /// The phase's name, and why it failed if it did.
    static func words(for phase: PipelineStatus.Phase) -> (String, String?) {
        switch phase {
        case .starting: ("starting", nil)
        case .running: ("running", nil)
        case .paused: ("paused", nil)
        case .draining: ("draining", nil)
        case .stopped: ("stopped", nil)
        case .failed(let reason): ("failed", reason)
        }
    }
}

/// A position as it is spoken of: the commit, and what the source resumes from after it.
public struct ProgressReport: Codable, Sendable, Equatable {
    public var commit: UInt64
    public var end: UInt64

    /// - Parameter progress: the progress to report.
    public init(_ progress: SourceProgress) {
        commit = progress.commit
        end = progress.end
    }
}

internal import Connector

/// One run of one table for the sinks that need the same chunks of it.
struct SnapshotRun {
    /// How far the sweep is that ends the run in a sink.
    enum SweepState {
        case ahead
        case running
        case done
    }

    var number: Int
    /// In which turn it is read; nil for one that is not remembered.
    var turn: Int?
    var plan: SnapshotPlan
    var fingerprints: [String: UInt64] = [:]
    var finished: [String: Set<Int>] = [:]
    /// Finished chunks that are not saved yet.
    var unsaved: [String: Set<Int>] = [:]
    var status: SnapshotStatus
    /// The sinks in which a sweep ends the run, and how far it is.
    var sweeps: [String: SweepState] = [:]
    /// The sinks of which it is saved that the run is over.
    var completed: Set<String> = []
    /// What is signalled when every chunk is settled, or the sink could not take them, for a run of single rows.
    var whenSettled: Signal?
    var isGivenUp = false
    var isAudit = false
    /// Whether the last row was handed over.
    var isReadThrough = false
    /// Signalled when no sink takes the rows any more.
    let abandoned = Signal()
    /// Of an audit: the primary keys of rows that the stream overtook.
    var overtaken: [[String]] = []

    var isSettled: Bool { finished.values.allSatisfy { $0.count == plan.chunkCount } }

    init(_ number: Int, _ plan: SnapshotPlan, _ sinks: [String], at now: Int64) {
        self.number = number
        self.plan = plan
        status = SnapshotStatus(
            table: plan.table, sinks: sinks, rowsEstimated: plan.rowsEstimated, bytesEstimated: plan.bytesEstimated,
            chunksFinished: 0, chunkCount: plan.chunkCount, startedAt: now)
    }

    /// Whether the state keeps the run, so that it goes on after a restart.
    var isRemembered: Bool { whenSettled == nil && !isAudit }

    /// The sinks in which it is not settled yet, those included that take no rows of it any more.
    var unsettledSinks: [String] { finished.filter { $0.value.count < plan.chunkCount }.map(\.key) }

    /// The sinks that take its rows and have not settled them all yet.
    var takingSinks: [String] { status.sinks.filter { finished[$0]?.count ?? 0 < plan.chunkCount } }

    /// The chunks that are settled in each of them.
    var durableEverywhere: Set<Int> {
        guard let first = finished.values.first else { return [] }
        return finished.values.dropFirst().reduce(first) { $0.intersection($1) }
    }

    mutating func leave(_ sink: String) {
        status.sinks.removeAll { $0 == sink }
        finished[sink] = nil
        unsaved[sink] = nil
        sweeps[sink] = nil
    }

    /// What a sink needs that the run will not give it: what it has not settled, or everything.
    func need(of sink: String, isResumed: Bool) -> SnapshotNeed {
        let (fingerprint, findsDeletes) = (fingerprints[sink] ?? 0, sweeps[sink] != nil)
        let known = SnapshotState(
            plan: plan, fingerprint: fingerprint, finishedChunks: finished[sink] ?? [], findsDeletes: findsDeletes)
        return SnapshotNeed(
            sink: sink, table: plan.table, fingerprint: fingerprint, known: isResumed ? known : nil,
            findsDeletes: findsDeletes)
    }

    /// Whether nothing of the run is left to do in a sink.
    func isOver(in sink: String) -> Bool {
        finished[sink]?.count == plan.chunkCount && sweeps[sink] ?? .done == .done
    }
}

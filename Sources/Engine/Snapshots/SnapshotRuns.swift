internal import Change
internal import Connector
internal import Pipelines
internal import Synchronization

/// Which runs there are, for which sinks, and how far each of them is settled and saved.
final class SnapshotRuns: Sendable {
    /// A run that is settled in a sink and has to be ended there by a sweep.
    struct SweepOrder {
        fileprivate var run: Int
        var sink: String
        var plan: SnapshotPlan
    }

    /// A run whose rows come.
    struct OpenRun {
        var number: Int
        var isAudit: Bool
        /// The sinks that take them and have not settled them all yet.
        var sinks: [String]
    }

    private struct State {
        var runs: [Int: SnapshotRun] = [:]
        var nextNumber = 1
        var turns = SnapshotTurns()
        /// Runs that began and are not saved yet.
        var begun: [SnapshotKey: SnapshotState] = [:]
        /// The commit position that is saved of each open sink.
        var saved: [String: UInt64] = [:]

        mutating func takeNumber() -> Int {
            defer { nextNumber += 1 }
            return nextNumber
        }

        /// Ends whatever was under way for a sink that a new run of the table takes over.
        mutating func supersede(_ need: SnapshotNeed) {
            turns.begun(need)
            for run in runs.values where run.isRemembered && run.plan.table == need.table {
                runs[run.number]?.leave(need.sink)
                guard runs[run.number]?.status.sinks.isEmpty == true else { continue }
                run.abandoned.set()
                runs[run.number] = nil
            }
        }
    }

    private let state = Mutex(State())
    /// Signalled when a turn may begin.
    let news = Signal()
    /// Signalled when there may be a sweep to do.
    let sweepNews = Signal()

    // MARK: Turns

    /// Takes note of a sink that is open now, and of what it needs.
    ///
    /// - Parameter commit: where the sink is fed from.
    func open(_ sink: String, at commit: UInt64, needing needs: [SnapshotNeed]) {
        state.withLock { $0.saved[sink] = commit }
        ask(for: needs)
    }

    func ask(for needs: [SnapshotNeed]) {
        state.withLock { $0.turns.ask(for: needs) }
        news.set()
    }

    func beginTurn() -> Int? { state.withLock { $0.turns.begin() } }

    func end(turn: Int) { state.withLock { $0.turns.end(turn) } }

    /// What a turn has still to do, by tables.
    func needs(in turn: Int) -> [SnapshotNeed] { state.withLock { $0.turns.needs(in: turn) } }

    /// The lowest commit position that is saved of some sinks.
    func saved(of sinks: some Sequence<String>) -> UInt64? {
        state.withLock { state in sinks.map { state.saved[$0] ?? 0 }.min() }
    }

    // MARK: Runs

    /// Opens a run for the sinks that still take part in a turn.
    ///
    /// - Returns: the run's number; nil where no sink takes part in the turn any more.
    func open(
        _ plan: SnapshotPlan, for needs: [SnapshotNeed], in turn: Int, isResumed: Bool, at now: Int64
    ) -> Int? {
        state.withLock { state in
            let needs = needs.filter { state.turns.takesPart($0.sink, in: turn) }
            guard !needs.isEmpty else { return nil }
            let number = state.takeNumber()
            var run = SnapshotRun(number, plan, needs.map(\.sink), at: now)
            run.turn = turn
            for need in needs {
                run.fingerprints[need.sink] = need.fingerprint
                run.finished[need.sink] = isResumed ? need.known?.finishedChunks ?? [] : []
                // A run that takes the place of one which was to end with a sweep ends with it.
                let isOwed = state.runs.values.contains { earlier in
                    earlier.plan.table == plan.table && earlier.sweeps[need.sink] ?? .done != .done
                }
                let findsDeletes = need.findsDeletes || isOwed
                if findsDeletes { run.sweeps[need.sink] = .ahead }
                state.supersede(need)
                if !isResumed {
                    state.begun[need.key] = SnapshotState(
                        plan: plan, fingerprint: need.fingerprint, findsDeletes: findsDeletes)
                }
            }
            state.runs[number] = run
            sweepNews.set()
            return number
        }
    }

    /// Takes note that nothing more of a run comes, because its table was written anew.
    ///
    /// Its turn begins it anew. A sink that has left the turn, for what it could not take of another run, asks for itself.
    func voided(_ number: Int) {
        state.withLock { state in
            guard let run = state.runs[number], let turn = run.turn else { return }
            for sink in run.status.sinks where !state.turns.takesPart(sink, in: turn) {
                state.turns.ask(for: [run.need(of: sink, isResumed: false)])
                state.runs[number]?.leave(sink)
            }
            if state.runs[number]?.status.sinks.isEmpty ?? false { state.runs[number] = nil }
        }
        news.set()
    }

    /// Opens a run that is not remembered.
    func openOnce(
        _ plan: SnapshotPlan, in sinks: [String], at now: Int64, _ change: (inout SnapshotRun) -> Void
    ) -> Int {
        state.withLock { state in
            var run = SnapshotRun(state.takeNumber(), plan, sinks, at: now)
            for sink in sinks { run.finished[sink] = [] }
            change(&run)
            state.runs[run.number] = run
            return run.number
        }
    }

    /// Opens a run whose rows are compared in these sinks, except those of some chunks.
    func openAudit(_ plan: SnapshotPlan, skipping skipped: Set<Int>, in sinks: [String], at now: Int64) -> Int {
        openOnce(plan, in: sinks, at: now) { run in
            run.isAudit = true
            for sink in sinks { run.finished[sink] = skipped }
        }
    }

    /// Forgets a run, and returns the keys of the rows that the stream overtook.
    @discardableResult func close(_ run: Int) -> [[String]] {
        state.withLock { $0.runs.removeValue(forKey: run)?.overtaken ?? [] }
    }

    /// Whether rows of a run are for a sink.
    func isWanted(_ origin: SnapshotOrigin, in sink: String) -> Bool {
        state.withLock { $0.runs[origin.run]?.status.sinks.contains(sink) ?? false }
    }

    /// Whether the rows of a run were asked for one by one.
    func isReread(_ run: Int) -> Bool {
        state.withLock { $0.runs[run].map { $0.whenSettled != nil && !$0.isAudit } ?? false }
    }

    /// The sinks in which a run is not settled yet.
    func unsettledSinks(of run: Int) -> [String] {
        state.withLock { $0.runs[run]?.unsettledSinks ?? [] }
    }

    /// The runs whose rows come, and for whom.
    var openRuns: [OpenRun] {
        state.withLock { state in
            state.runs.values.filter { !$0.isReadThrough }.map { run in
                OpenRun(number: run.number, isAudit: run.isAudit, sinks: run.takingSinks)
            }
        }
    }

    /// The sinks that take the rows of a run and have not settled them all yet.
    func takingSinks(of run: Int) -> [String] {
        state.withLock { $0.runs[run]?.takingSinks ?? [] }
    }

    /// The chunks that need not be read again.
    func durableEverywhere(in run: Int) -> Set<Int> { state.withLock { $0.runs[run]?.durableEverywhere ?? [] } }

    /// What is signalled when no sink takes the rows of a run any more; nil where there is no such run.
    func abandonment(of run: Int) -> Signal? { state.withLock { $0.runs[run]?.abandoned } }

    /// Whether a run was ended because its sink could not take the rows.
    func isGivenUp(_ run: Int) -> Bool { state.withLock { $0.runs[run]?.isGivenUp ?? false } }

    /// Whether rows of a table are still to be written into a sink, read or not.
    func isLoading(_ table: TableName, into sink: String) -> Bool {
        state.withLock { state in
            state.turns.owed.contains { $0.key == SnapshotKey(sink: sink, table: table) }
                || state.runs.values.contains { run in
                    run.isRemembered && run.plan.table == table && run.status.sinks.contains(sink)
                        && !run.isOver(in: sink)
                }
        }
    }

    func rowsRead(in run: Int) -> UInt64 { state.withLock { $0.runs[run]?.status.rowsRead ?? 0 } }

    /// Counts what a batch of a snapshot brought.
    func note(_ batch: ChangeBatch) {
        guard case .snapshot(let origin) = batch.origin else { return }
        state.withLock { state in
            state.runs[origin.run]?.status.rowsRead += UInt64(batch.changes.count + origin.superseded)
            state.runs[origin.run]?.status.bytesRead += UInt64(batch.bytes.count)
            state.runs[origin.run]?.overtaken += origin.overtaken
        }
    }

    func readThrough(_ run: Int) { state.withLock { $0.runs[run]?.isReadThrough = true } }

    // MARK: Sinks that cannot take rows

    /// Leaves a sink out of a run because it cannot take its rows now; they are read again when it can.
    func postpone(_ run: Int, in sink: String) {
        state.withLock { state in
            guard let left = state.runs[run], left.status.sinks.contains(sink) else { return }
            state.runs[run]?.status.sinks.removeAll { $0 == sink }
            if left.status.sinks.count == 1 { left.abandoned.set() }
            // An audit ends there: what a sink could not take is not compared.
            if left.isAudit { return }
            // So do single rows: whoever asked for them asks again.
            if let settled = left.whenSettled {
                state.runs[run]?.isGivenUp = true
                settled.set()
                return
            }
            state.runs[run]?.leave(sink)
            // Another one takes its place when the sink has room.
            if left.status.sinks.count == 1 { state.runs[run] = nil }
            state.turns.postpone(left.need(of: sink, isResumed: true), leaving: left.turn)
        }
    }

    /// Reads what was postponed for a sink.
    func takeUpPostponed(in sink: String) {
        state.withLock { $0.turns.takeUpPostponed(in: sink) }
        news.set()
    }

    // MARK: What is settled, swept and saved

    /// Takes note of chunks that are settled in a sink.
    func finished(_ chunks: [ChunkID], in sink: String) {
        guard !chunks.isEmpty else { return }
        state.withLock { state in
            // Chunks of a run that the sink has left are another run's now.
            for chunk in chunks where state.runs[chunk.run]?.status.sinks.contains(sink) == true {
                state.runs[chunk.run]?.finished[sink, default: []].insert(chunk.chunk)
                state.runs[chunk.run]?.unsaved[sink, default: []].insert(chunk.chunk)
                guard let run = state.runs[chunk.run], let settled = run.whenSettled else { continue }
                if run.isSettled { settled.set() }
            }
        }
        sweepNews.set()
    }

    /// The next run that is settled in a sink and has to be swept there; nil while there is none.
    func nextSweep() -> SweepOrder? {
        state.withLock { state in
            for (number, run) in state.runs.sorted(by: { $0.key < $1.key }) {
                let due = run.sweeps.keys.sorted().first { sink in
                    run.sweeps[sink] == .ahead && run.finished[sink]?.count == run.plan.chunkCount
                }
                guard let sink = due else { continue }
                state.runs[number]?.sweeps[sink] = .running
                return SweepOrder(run: number, sink: sink, plan: run.plan)
            }
            return nil
        }
    }

    /// Takes note of a sweep that is done, and how many rows it deleted.
    func swept(_ order: SweepOrder, deleted: Int) {
        state.withLock { state in
            state.runs[order.run]?.sweeps[order.sink] = .done
            state.runs[order.run]?.status.rowsDeleted += UInt64(deleted)
        }
    }

    /// Adds what has to be saved for a sink.
    func collect(for sink: String, into update: inout StateUpdate) {
        state.withLock { state in
            for (key, begun) in state.begun where key.sink == sink { update.snapshotsBegun[key] = begun }
            for run in state.runs.values where run.isRemembered {
                let key = SnapshotKey(sink: sink, table: run.plan.table)
                if let unsaved = run.unsaved[sink], !unsaved.isEmpty { update.chunksFinished[key] = unsaved }
                if run.status.sinks.contains(sink), !run.completed.contains(sink), run.isOver(in: sink) {
                    update.snapshotsCompleted.insert(key)
                }
            }
        }
    }

    /// Takes note of what was saved.
    func saved(_ update: StateUpdate) {
        state.withLock { state in
            for (sink, progress) in update.progress { state.saved[sink] = progress.commit }
            for key in update.snapshotsBegun.keys { state.begun[key] = nil }
            for number in state.runs.keys {
                guard var run = state.runs[number], run.isRemembered else { continue }
                for (key, chunks) in update.chunksFinished where key.table == run.plan.table {
                    run.unsaved[key.sink]?.subtract(chunks)
                }
                for key in update.snapshotsCompleted where key.table == run.plan.table {
                    if run.isOver(in: key.sink) { run.completed.insert(key.sink) }
                }
                run.status.chunksFinished = run.finished.values.map(\.count).min() ?? 0
                run.status.isComplete =
                    !run.status.sinks.isEmpty && run.completed.isSuperset(of: run.status.sinks)
                state.runs[number] = run
            }
        }
    }

    /// Every run that is remembered, and every table that a run is owed, by tables; of a table in a sink there is one.
    ///
    /// - Parameter hindrance: what the reading of a run waits for.
    func statuses(at now: Int64, hindrance: (Int) -> String?) -> [SnapshotStatus] {
        state.withLock { state in
            let owed = Set(state.turns.owed.map(\.key))
            let ahead = owed.map { key in
                var status = SnapshotStatus(
                    table: key.table, sinks: [key.sink], rowsEstimated: 0, bytesEstimated: 0, chunksFinished: 0,
                    chunkCount: 0, startedAt: now)
                status.waitsFor =
                    state.turns.isPostponed(key) ? "the sink is behind the others" : "other tables are read first"
                return status
            }
            let runs = state.runs.values.filter(\.isRemembered).compactMap { run in
                var status = run.status
                status.sinks.removeAll { owed.contains(SnapshotKey(sink: $0, table: run.plan.table)) }
                status.waitsFor = run.status.isComplete ? nil : hindrance(run.number)
                return status.sinks.isEmpty ? nil : status
            }
            return (runs + ahead).sorted { ($0.table, $0.sinks[0]) < ($1.table, $1.sinks[0]) }
        }
    }
}

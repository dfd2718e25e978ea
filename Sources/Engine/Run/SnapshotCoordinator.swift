internal import Change
internal import Connector
internal import Logging
internal import Pipelines
internal import Synchronization

/// Decides which tables are read into which sinks, has the source read them, and keeps count of what is durable.
final class SnapshotCoordinator: Sendable {
    /// One run of one table for the sinks that need the same chunks of it.
    private struct Run {
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

        mutating func leave(_ sink: String) {
            status.sinks.removeAll { $0 == sink }
            finished[sink] = nil
            unsaved[sink] = nil
            sweeps[sink] = nil
        }

        /// Whether nothing of the run is left to do in a sink.
        func isOver(in sink: String) -> Bool {
            finished[sink]?.count == plan.chunkCount && sweeps[sink] ?? .done == .done
        }
    }

    private enum SweepState {
        case ahead
        case running
        case done
    }

    /// A run that is settled in a sink and has to be ended there by a sweep.
    struct SweepOrder {
        fileprivate var run: Int
        var sink: String
        var plan: SnapshotPlan
    }

    /// What a table needs in one sink.
    struct Need {
        var sink: String
        var table: TableName
        var fingerprint: UInt64
        var known: SnapshotState?
        /// Whether what the source no longer has is to be deleted from the sink.
        var findsDeletes: Bool

        /// The plan that it goes on with.
        var resumablePlan: SnapshotPlan? {
            guard let known, known.plan.isResumable, known.fingerprint == fingerprint else { return nil }
            return known.plan
        }
    }

    /// A run whose rows come.
    struct OpenRun {
        var number: Int
        var isAudit: Bool
        /// The sinks that take them and have not settled them all yet.
        var sinks: [String]
    }

    private struct State {
        var runs: [Int: Run] = [:]
        var nextNumber = 1
        var waiting: [Need] = []
        /// What is taken up and has no run yet.
        var ahead: [Need] = []
        /// The turn that a sink takes part in.
        var turns: [String: Int] = [:]
        var nextTurn = 1
        /// What sinks that are behind could not take.
        var postponed: [String: [Need]] = [:]
        /// Runs that began and are not saved yet.
        var begun: [SnapshotKey: SnapshotState] = [:]
        /// The commit position that is saved of each open sink.
        var saved: [String: UInt64] = [:]

        mutating func takeNumber() -> Int {
            defer { nextNumber += 1 }
            return nextNumber
        }

        /// Takes up what waits for sinks that have no turn: what a sink needs of a table once, and anew if it was asked for anew.
        ///
        /// - Returns: the number of their turn; nil where nothing waits for them.
        mutating func beginTurn() -> Int? {
            let free = waiting.filter { turns[$0.sink] == nil }
            guard !free.isEmpty else { return nil }
            waiting.removeAll { turns[$0.sink] == nil }
            var needs: [SnapshotKey: Need] = [:]
            for need in free {
                let key = SnapshotKey(sink: need.sink, table: need.table)
                var other = needs[key] ?? need
                if need.known == nil { other.known = nil }
                other.findsDeletes = other.findsDeletes || need.findsDeletes
                needs[key] = other
            }
            ahead += needs.values
            defer { nextTurn += 1 }
            for need in free { turns[need.sink] = nextTurn }
            return nextTurn
        }

        /// What sinks need that take part in a turn still.
        func needs(in turn: Int) -> [Need] {
            ahead.filter { turns[$0.sink] == turn }.sorted { ($0.table, $0.sink) < ($1.table, $1.sink) }
        }

        /// Ends what a sink has of a turn; whatever is ahead of it is postponed.
        mutating func leave(_ turn: Int, _ sink: String) {
            guard turns[sink] == turn else { return }
            turns[sink] = nil
            postponed[sink, default: []] += ahead.filter { $0.sink == sink }
            ahead.removeAll { $0.sink == sink }
        }

        /// Ends whatever was under way for a sink that a new run of the table takes over.
        mutating func supersede(_ table: TableName, in sink: String) {
            postponed[sink]?.removeAll { $0.table == table }
            for run in runs.values where run.isRemembered && run.plan.table == table {
                runs[run.number]?.leave(sink)
                guard runs[run.number]?.status.sinks.isEmpty == true else { continue }
                run.abandoned.set()
                runs[run.number] = nil
            }
        }
    }

    private let state = Mutex(State())
    private let all: [Need]
    /// What is needed as soon as its sink is open.
    private let atFirst: [Need]
    private let source: any ChangeSource
    private let store: any CheckpointStore
    private let clock: any EngineClock
    private let logger: Logger
    private let news = Signal()
    /// Signalled when there may be a sweep to do.
    let sweepNews = Signal()

    init(owner: PipelineRunner, needs: [Need]) {
        all = needs
        source = owner.source
        store = owner.store
        clock = owner.clock
        logger = owner.logger
        atFirst =
            owner.document.source.snapshot == .never
            ? []
            : needs.filter { need in
                need.known.map { !$0.isComplete || $0.fingerprint != need.fingerprint } ?? true
            }
    }

    /// Begins what a sink needs that is open now.
    ///
    /// - Parameter progress: where the sink is fed from.
    func open(_ sink: String, at progress: SourceProgress) {
        state.withLock { state in
            state.saved[sink] = progress.commit
            state.waiting += atFirst.filter { $0.sink == sink }
        }
        news.set()
    }

    /// Reads what is needed, and what is asked for later, until cancelled.
    ///
    /// Sinks that need something at the same time take a turn together, table by table. One that cannot keep up with the
    /// others leaves it, and takes a turn of its own as soon as it can.
    func run() async throws {
        enum Event { case news, endOfTurn }
        try await withThrowingTaskGroup(of: Event.self) { group in
            var last = Event.news
            repeat {
                while let turn = state.withLock({ $0.beginTurn() }) {
                    group.addTask {
                        try await self.take(turn)
                        return .endOfTurn
                    }
                }
                if last == .news {
                    group.addTask {
                        await self.news.wait()
                        return .news
                    }
                }
                last = try await group.next() ?? .news
            } while !Task.isCancelled
        }
    }

    private func take(_ turn: Int) async throws {
        defer { state.withLock { state in state.turns = state.turns.filter { $0.value != turn } } }
        while let table = state.withLock({ $0.needs(in: turn).first?.table }) { try await read(table, in: turn) }
    }

    /// Begins these tables anew in every sink that they go to.
    func begin(_ tables: [TableName], findingDeletes: Bool) async throws {
        let wanted = all.filter { tables.contains($0.table) }
        let missing = tables.filter { table in !wanted.contains { $0.table == table } }
        guard missing.isEmpty else {
            throw MillraceError(
                .configuration, "no sink of the pipeline takes the table", place: missing[0].description)
        }
        state.withLock { state in
            state.waiting += wanted.map { need in
                var fresh = need
                fresh.known = nil
                fresh.findsDeletes = findingDeletes
                return fresh
            }
        }
        news.set()
    }

    /// Reads single rows again into one sink; returns when every one of them is settled there.
    func reread(_ keys: [[String]], of table: TableName, in sink: String) async throws {
        let plan = try await source.planReread(of: table, keys: keys)
        let settled = Signal()
        let number = openOnce(plan, in: [sink]) { $0.whenSettled = settled }
        defer { _ = state.withLock { $0.runs.removeValue(forKey: number) } }
        try await source.runSnapshot(plan, run: number, skipping: [])
        await settled.wait()
        try Task.checkCancellation()
        guard !(state.withLock { $0.runs[number]?.isGivenUp ?? false }) else {
            throw MillraceError(
                .sinkUnavailable, "the sink is behind the others: ask again when it has caught up", place: sink)
        }
    }

    // MARK: Audits

    /// Opens a run whose rows are compared in these sinks, except those of some chunks.
    func openAudit(_ plan: SnapshotPlan, skipping skipped: Set<Int>, in sinks: [String]) -> Int {
        openOnce(plan, in: sinks) { run in
            run.isAudit = true
            for sink in sinks { run.finished[sink] = skipped }
        }
    }

    /// Opens a run that is not remembered.
    private func openOnce(_ plan: SnapshotPlan, in sinks: [String], _ change: (inout Run) -> Void) -> Int {
        let now = clock.now()
        return state.withLock { state in
            var run = Run(state.takeNumber(), plan, sinks, at: now)
            for sink in sinks { run.finished[sink] = [] }
            change(&run)
            state.runs[run.number] = run
            return run.number
        }
    }

    /// The sinks in which a run is not settled yet.
    func unsettledSinks(of run: Int) -> [String] {
        state.withLock { state in
            guard let run = state.runs[run] else { return [] }
            return run.finished.filter { $0.value.count < run.plan.chunkCount }.map(\.key)
        }
    }

    /// The runs whose rows come, and for whom.
    var openRuns: [OpenRun] {
        state.withLock { state in
            state.runs.values.filter { !$0.isReadThrough }.map { run in
                OpenRun(
                    number: run.number, isAudit: run.isAudit,
                    sinks: run.status.sinks.filter { run.finished[$0]?.count ?? 0 < run.plan.chunkCount })
            }
        }
    }

    /// The sinks that take the rows of a run and have not settled them all yet.
    func takingSinks(of run: Int) -> [String] {
        let unsettled = Set(unsettledSinks(of: run))
        return state.withLock { $0.runs[run]?.status.sinks.filter(unsettled.contains) ?? [] }
    }

    /// Whether rows of a table are still to be written into a sink, read or not.
    func isLoading(_ table: TableName, into sink: String) -> Bool {
        state.withLock { state in
            let ahead = state.ahead + state.waiting + (state.postponed[sink] ?? [])
            return ahead.contains { $0.sink == sink && $0.table == table }
                || state.runs.values.contains { run in
                    run.isRemembered && run.plan.table == table && run.status.sinks.contains(sink)
                        && !run.isOver(in: sink)
                }
        }
    }

    func rowsRead(in run: Int) -> UInt64 { state.withLock { $0.runs[run]?.status.rowsRead ?? 0 } }

    /// Forgets a run, and returns the keys of the rows that the stream overtook.
    func closeAudit(_ run: Int) -> [[String]] {
        state.withLock { $0.runs.removeValue(forKey: run)?.overtaken ?? [] }
    }

    // MARK: Reading

    /// Reads a table into the sinks that were at the same plan, or that all begin a new run.
    private func read(_ table: TableName, in turn: Int) async throws {
        let needs = state.withLock { $0.needs(in: turn).filter { $0.table == table } }
        guard let plan = needs.first?.resumablePlan else {
            return try await read(table, for: needs.filter { $0.resumablePlan == nil }, in: turn, resuming: nil)
        }
        try await read(table, for: needs.filter { $0.resumablePlan == plan }, in: turn, resuming: plan)
    }

    private func read(
        _ table: TableName, for needs: [Need], in turn: Int, resuming known: SnapshotPlan?
    ) async throws {
        var backoff = Backoff()
        var plan = known
        var number: Int?
        while true {
            do {
                let isResumed = known != nil && plan == known
                let current: SnapshotPlan
                if let plan { current = plan } else { current = try await makePlan(of: table, for: needs) }
                plan = current
                guard let run = number ?? open(current, for: needs, in: turn, isResumed: isResumed) else { return }
                number = run
                logger.info(
                    "reading a table", metadata: ["table": "\(table)", "chunks": "\(current.chunkCount)"])
                try await readWanted(current, run: run)
                return
            } catch let error as MillraceError where error.code == .snapshotVoid {
                logger.notice("reading a table begins anew", metadata: ["table": "\(table)", "reason": "\(error)"])
                (plan, number) = (nil, nil)
            } catch let error where RetryTable.decision(for: error) == .retry {
                logger.warning(
                    "reading a table was interrupted; going on", metadata: ["table": "\(table)", "reason": "\(error)"])
            }
            try await clock.sleep(for: backoff.next(random: clock.random()))
        }
    }

    private func makePlan(of table: TableName, for needs: [Need]) async throws -> SnapshotPlan {
        var plan = try await source.planSnapshot(of: table)
        plan.saved = state.withLock { state in needs.map { state.saved[$0.sink] ?? 0 }.min() }
        return plan
    }

    /// Reads what is not durable everywhere, for as long as any sink takes it.
    private func readWanted(_ plan: SnapshotPlan, run: Int) async throws {
        guard let abandoned = state.withLock({ $0.runs[run]?.abandoned }) else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.source.runSnapshot(plan, run: run, skipping: self.durableEverywhere(in: run))
                self.state.withLock { $0.runs[run]?.isReadThrough = true }
            }
            group.addTask { await abandoned.wait() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// - Returns: the run's number; nil where no sink takes part in the turn any more.
    private func open(_ plan: SnapshotPlan, for needs: [Need], in turn: Int, isResumed: Bool) -> Int? {
        let now = clock.now()
        return state.withLock { state in
            let needs = needs.filter { state.turns[$0.sink] == turn }
            guard !needs.isEmpty else { return nil }
            let number = state.takeNumber()
            var run = Run(number, plan, needs.map(\.sink), at: now)
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
                state.supersede(plan.table, in: need.sink)
                if !isResumed {
                    state.begun[SnapshotKey(sink: need.sink, table: plan.table)] =
                        SnapshotState(plan: plan, fingerprint: need.fingerprint, findsDeletes: findsDeletes)
                }
            }
            state.runs[number] = run
            state.ahead.removeAll { need in needs.contains { $0.sink == need.sink && $0.table == need.table } }
            sweepNews.set()
            return number
        }
    }

    private func durableEverywhere(in run: Int) -> Set<Int> {
        state.withLock { state in
            guard let finished = state.runs[run]?.finished.values, let first = finished.first else { return [] }
            return finished.dropFirst().reduce(first) { $0.intersection($1) }
        }
    }

    /// Whether rows of a run are for a sink.
    func isWanted(_ origin: SnapshotOrigin, in sink: String) -> Bool {
        state.withLock { $0.runs[origin.run]?.status.sinks.contains(sink) ?? false }
    }

    /// Whether the rows of a run were asked for one by one.
    func isReread(_ run: Int) -> Bool {
        state.withLock { $0.runs[run].map { $0.whenSettled != nil && !$0.isAudit } ?? false }
    }

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
            let findsDeletes = left.sweeps[sink] != nil
            let known = SnapshotState(
                plan: left.plan, fingerprint: left.fingerprints[sink] ?? 0, finishedChunks: left.finished[sink] ?? [],
                findsDeletes: findsDeletes)
            state.runs[run]?.leave(sink)
            // Another one takes its place when the sink has room.
            if left.status.sinks.count == 1 { state.runs[run] = nil }
            state.postponed[sink, default: []].append(
                Need(
                    sink: sink, table: left.plan.table, fingerprint: known.fingerprint, known: known,
                    findsDeletes: findsDeletes))
            if let turn = left.turn { state.leave(turn, sink) }
        }
    }

    /// Reads what was postponed for a sink.
    func takeUpPostponed(in sink: String) {
        state.withLock { state in state.waiting += state.postponed.removeValue(forKey: sink) ?? [] }
        news.set()
    }

    /// Counts what a batch of a snapshot brought.
    func note(_ batch: ChangeBatch) {
        guard case .snapshot(let origin) = batch.origin else { return }
        state.withLock { state in
            state.runs[origin.run]?.status.rowsRead += UInt64(batch.changes.count + origin.superseded)
            state.runs[origin.run]?.status.bytesRead += UInt64(batch.bytes.count)
            state.runs[origin.run]?.overtaken += origin.overtaken
        }
    }

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

    var statuses: [SnapshotStatus] {
        let now = clock.now()
        return state.withLock { state in
            let owed = state.ahead + state.waiting + state.postponed.values.joined()
            let ahead = Dictionary(grouping: owed, by: \.table).map { table, needs in
                SnapshotStatus(
                    table: table, sinks: needs.map(\.sink), rowsEstimated: 0, bytesEstimated: 0, chunksFinished: 0,
                    chunkCount: 0, startedAt: now)
            }
            let runs = state.runs.values.filter(\.isRemembered).map { run in
                var status = run.status
                status.waitsFor = run.status.isComplete ? nil : source.hindrance(ofRun: run.number)
                return status
            }
            return (runs + ahead).sorted { $0.table < $1.table }
        }
    }
}

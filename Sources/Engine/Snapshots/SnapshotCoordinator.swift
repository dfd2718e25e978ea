internal import Change
internal import Connector
internal import Logging
internal import Pipelines

/// Decides which tables are read into which sinks, and has the source read them.
final class SnapshotCoordinator: Sendable {
    let runs = SnapshotRuns()
    private let all: [SnapshotNeed]
    /// What is needed as soon as its sink is open.
    private let atFirst: [SnapshotNeed]
    private let source: any ChangeSource
    private let clock: any EngineClock
    private let logger: Logger

    init(owner: PipelineRunner, needs: [SnapshotNeed]) {
        all = needs
        source = owner.source
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
        runs.open(sink, at: progress.commit, needing: atFirst.filter { $0.sink == sink })
    }

    /// Begins these tables anew in every sink that they go to.
    func begin(_ tables: [TableName], findingDeletes: Bool) async throws {
        let wanted = all.filter { tables.contains($0.table) }
        let missing = tables.filter { table in !wanted.contains { $0.table == table } }
        guard missing.isEmpty else {
            throw MillraceError(
                .configuration, "no sink of the pipeline takes the table", place: missing[0].description)
        }
        runs.ask(
            for: wanted.map { need in
                var fresh = need
                fresh.known = nil
                fresh.findsDeletes = findingDeletes
                return fresh
            })
    }

    /// Reads single rows again into one sink; returns when every one of them is settled there.
    func reread(_ keys: [[String]], of table: TableName, in sink: String) async throws {
        let plan = try await source.planReread(of: table, keys: keys)
        let settled = Signal()
        let run = runs.openOnce(plan, in: [sink], at: clock.now()) { $0.whenSettled = settled }
        defer { runs.close(run) }
        try await source.runSnapshot(plan, run: run, skipping: [])
        await settled.wait()
        try Task.checkCancellation()
        guard !runs.isGivenUp(run) else {
            throw MillraceError(
                .sinkUnavailable, "the sink is behind the others: ask again when it has caught up", place: sink)
        }
    }

    /// Reads what is needed, and what is asked for later, until cancelled.
    func run() async throws {
        enum Event { case news, endOfTurn }
        try await withThrowingTaskGroup(of: Event.self) { group in
            var last = Event.news
            repeat {
                while let turn = runs.beginTurn() {
                    group.addTask {
                        try await self.take(turn)
                        return .endOfTurn
                    }
                }
                if last == .news {
                    group.addTask {
                        await self.runs.news.wait()
                        return .news
                    }
                }
                last = try await group.next() ?? .news
            } while !Task.isCancelled
        }
    }

    private func take(_ turn: Int) async throws {
        defer { runs.end(turn: turn) }
        while let table = runs.needs(in: turn).first?.table { try await read(table, in: turn) }
    }

    /// Reads a table into the sinks that were at the same plan, or that all begin a new run.
    private func read(_ table: TableName, in turn: Int) async throws {
        let needs = runs.needs(in: turn).filter { $0.table == table }
        guard let plan = needs.first?.resumablePlan else {
            return try await read(table, for: needs.filter { $0.resumablePlan == nil }, in: turn, resuming: nil)
        }
        try await read(table, for: needs.filter { $0.resumablePlan == plan }, in: turn, resuming: plan)
    }

    private func read(
        _ table: TableName, for needs: [SnapshotNeed], in turn: Int, resuming known: SnapshotPlan?
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
                let opened = number ?? runs.open(current, for: needs, in: turn, isResumed: isResumed, at: clock.now())
                guard let run = opened else { return }
                number = run
                let sinks = runs.takingSinks(of: run).joined(separator: ", ")
                logger.info(
                    "reading a table",
                    metadata: ["table": "\(table)", "chunks": "\(current.chunkCount)", "sinks": "\(sinks)"])
                try await readWanted(current, run: run)
                return
            } catch let error as MillraceError where error.code == .snapshotVoid {
                logger.notice("reading a table begins anew", metadata: ["table": "\(table)", "reason": "\(error)"])
                if let number { runs.voided(number) }
                (plan, number) = (nil, nil)
            } catch let error where RetryTable.decision(for: error) == .retry {
                logger.warning(
                    "reading a table was interrupted; going on", metadata: ["table": "\(table)", "reason": "\(error)"])
            }
            try await clock.sleep(for: backoff.next(random: clock.random()))
        }
    }

    private func makePlan(of table: TableName, for needs: [SnapshotNeed]) async throws -> SnapshotPlan {
        var plan = try await source.planSnapshot(of: table)
        plan.saved = runs.saved(of: needs.map(\.sink))
        return plan
    }

    /// Reads what is not durable everywhere, for as long as any sink takes it.
    private func readWanted(_ plan: SnapshotPlan, run: Int) async throws {
        guard let abandonment = runs.abandonment(of: run) else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.source.runSnapshot(plan, run: run, skipping: self.runs.durableEverywhere(in: run))
                self.runs.readThrough(run)
            }
            group.addTask { await abandonment.wait() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    var statuses: [SnapshotStatus] {
        runs.statuses(at: clock.now()) { source.hindrance(ofRun: $0) }
    }
}

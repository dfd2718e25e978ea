import Change
import Connector
import Engine
import Foundation
import Logging
import Pipelines

/// Everything that a seed makes happen: the database, the targets, the state folder, one life of the process after
/// another, and what goes wrong. All of it lives on the one thread that runs it.
final class World: @unchecked Sendable {
    let seed: UInt64
    let mode: Mode
    let mutation: Mutation?
    let chance: Chance
    let scenario: Scenario
    let executor = SeededExecutor()
    let time = Timeline()
    let disk = SimulatedDisk()
    let slot = ReplicationSlot()
    let database: SimulatedDatabase
    private(set) var servers: [TargetServer] = []
    private(set) var oracle: Oracle!
    var running: Running?
    /// Steps of the stream that wait for news of the database.
    var listeners: [Bell] = []
    /// How far the wall clock is from virtual time.
    var wallOffset = 1_700_000_000 * Span.second
    /// Until when the process gets no processor.
    var stalledUntil = 0
    /// Whether faults are over.
    var isQuiet = false
    /// Whether everything was seen to be caught up, so that the next drain is the end.
    var isAtRest = false
    private var wasAskedAgain = false
    var isOver = false
    var livesBegun = 0
    private let isTracing: Bool
    private var steps = 0
    /// Tells two schedules apart.
    private(set) var digest: UInt64 = 14_695_981_039_346_656_037

    init(seed: UInt64, mode: Mode, mutation: Mutation? = nil, isTracing: Bool = false, spillFolder: String) {
        self.seed = seed
        self.mode = mode
        self.mutation = mutation
        self.isTracing = isTracing
        chance = Chance(seed: seed)
        scenario = Scenario(seed: seed, mode: mode, mutation: mutation, chance: chance, spillFolder: spillFolder)
        database = SimulatedDatabase(
            chance: Chance(seed: seed ^ 0xd1b5_4a32_d192_ed03), keyCount: scenario.keyCount,
            hasPoison: scenario.hasPoison)
        executor.use(scenario.order)
        oracle = Oracle(world: self)
        servers = scenario.targets.map { TargetServer(plan: $0, world: self) }
        database.onChange = { [unowned self] in
            oracle.noteLog()
            for bell in listeners { bell.ring() }
        }
    }

    func isEnabled(_ fault: Fault) -> Bool { !isQuiet && scenario.faults.contains(fault) }

    func isFaulty(_ fault: Fault, oneIn count: Int) -> Bool { isEnabled(fault) && chance.oneIn(count) }

    func trace(_ message: @autoclosure () -> String) {
        guard isTracing else { return }
        print("\(time.now) #\(steps) \(message())")
    }

    // MARK: Steps

    /// The most steps that a run takes before it is thought never to come to rest.
    private static let stepsMax = 400_000

    /// Takes one step of a task, or lets the next thing happen.
    func step() {
        steps += 1
        let isDue = time.isDue
        let mayRun = !executor.isIdle && time.now >= stalledUntil
        if mayRun, !isDue || chance.percent(70) {
            note(executor.runOne(chance))
        } else if !executor.isIdle, !mayRun, (time.nextMoment ?? .max) > stalledUntil {
            time.advance(to: stalledUntil)
        } else if let moment = time.nextMoment {
            time.advance(to: moment)
            note(-1)
            time.runNext()
        } else {
            oracle.fail("liveness", "nothing will ever happen again")
        }
        if steps % 64 == 0, let running { oracle.checkQueues(of: running) }
        if steps > Self.stepsMax { oracle.fail("liveness", "the run does not come to rest") }
    }

    private func note(_ number: Int) {
        digest = (digest ^ UInt64(bitPattern: Int64(number)) ^ UInt64(time.now) << 8) &* 1_099_511_628_211
    }

    // MARK: Lives

    /// A process that runs.
    final class Running {
        let life: Life
        let source: StreamingSource
        let runner: PipelineRunner
        var task: Task<Void, Never>?
        var isDraining = false
        /// Where each target was when the process began.
        let begins: [String: SourceProgress]

        init(life: Life, source: StreamingSource, runner: PipelineRunner, begins: [String: SourceProgress]) {
            self.life = life
            self.source = source
            self.runner = runner
            self.begins = begins
        }

        /// How many changes of a table were handed over to this life after a position.
        func delivered(of table: TableName, after commit: UInt64) -> Int {
            let log = life.world.database.log
            return source.delivered.stream.count { position in
                guard position.commit > commit, let transaction = log.first(where: { $0.commit == position.commit })
                else { return false }
                return transaction.changes.contains { $0.ordinal == position.ordinal && $0.table.name == table }
            }
        }
    }

    func startLife() {
        guard running == nil, !isOver else { return }
        livesBegun += 1
        trace("life \(livesBegun) begins")
        listeners = []
        let life = Life(world: self, number: livesBegun)
        let source = StreamingSource(life: life)
        let runner = PipelineRunner(
            document: scenario.document, source: source,
            sinks: servers.map { TargetConnection(life: life, server: $0) }, store: DiskStore(life: life),
            options: scenario.options, clock: life, logger: logger)
        let begins = disk.state.sinks.compactMapValues(\.progress)
        let running = Running(life: life, source: source, runner: runner, begins: begins)
        self.running = running
        running.task = Task(executorPreference: executor) {
            do {
                try await runner.run()
                self.ended(life, because: nil)
            } catch {
                self.ended(life, because: error)
            }
        }
    }

    private func ended(_ life: Life, because error: (any Error)?) {
        guard let running, running.life === life else { return }
        trace("life \(life.number) ends: \(error.map { "\($0)" } ?? "drained")")
        let wasKilled = life.isOver
        if !wasKilled { life.end() }
        self.running = nil
        if wasKilled { return }
        if let error { return judge(error, wasDraining: running.isDraining) }
        oracle.checkLedger(of: running)
        guard isAtRest else { return startLater() }
        if !wasAskedAgain, servers.contains(where: \.isDamaged) {
            // What happened to a target while nothing was written to it is noticed by the next life.
            (wasAskedAgain, isAtRest) = (true, false)
            startLater()
            return awaitRest(until: time.now + 2 * Span.hour)
        }
        finish()
    }

    func startLater() {
        time.after(chance.below(chance.oneIn(2) ? 5 * Span.second : 200 * Span.millisecond)) { [self] in startLife() }
    }

    func drain() {
        running?.isDraining = true
        running?.runner.drain()
    }

    /// The process is killed between two steps. Its tasks are unwound, and reach nothing any more.
    func crash() {
        guard let running else { return }
        trace("life \(running.life.number) is killed")
        running.life.end()
        running.task?.cancel()
        var left = 100_000
        while self.running != nil, !executor.isIdle, left > 0 {
            _ = executor.runOne(chance)
            left -= 1
        }
        if self.running != nil {
            oracle.fail("liveness", "a cancelled pipeline does not end")
            self.running = nil
        }
        while !executor.isIdle { _ = executor.runOne(chance) }
        if isFaulty(.tornSave, oneIn: 2) { disk.tear() } else { disk.returned() }
        for server in servers { server.clientDied() }
    }

    /// A pipeline may give up only for what it cannot mend; then the operator does what the error says.
    private func judge(_ error: any Error, wasDraining: Bool) {
        let code = (error as? MillraceError)?.code
        let damaged = servers.filter(\.isDamaged)
        let isTakenOver = disk.state.source.map { $0 != slot.identity } ?? false
        let isCutOff = isTakenOver || slot.hasGap
        let isTrue =
            switch code {
            case .sinkRejected?, .sinkReplaced?: !damaged.isEmpty
            case .positionLost?: !damaged.isEmpty || isCutOff
            case .sourceChanged?: isTakenOver
            // Whoever is told to end does not wait for the disk.
            case .stateUnavailable?: wasDraining
            default: false
            }
        guard isTrue else { return oracle.fail("liveness", "the pipeline gave up: \(error)") }
        do {
            if isCutOff {
                let epoch = servers.compactMap(\.contents.marker?.epoch).max() ?? 0
                try disk.reset(all: Set(servers.map(\.plan.name)), above: epoch, isEpochKept: mutation == .epochKept)
                slot.hasGap = false
                slot.confirmed = nil
                oracle.beginEpoch()
                for server in servers { reset(server) }
            } else {
                try disk.reset(sinks: Set(damaged.map(\.plan.name)))
                for server in damaged { reset(server) }
            }
        } catch {
            oracle.fail("liveness", "the operator cannot reset the state: \(error)")
        }
        startLater()
    }

    private func reset(_ server: TargetServer) {
        server.reset()
        oracle.forget(server.plan.name)
    }

    // MARK: The end

    /// Whether the checkpoints say that everything of the source is in every target.
    var isCaughtUp: Bool {
        guard let running, disk.state.sinks.count == servers.count else { return false }
        guard disk.state.source == slot.identity || mutation == .identityIgnored, !slot.hasGap else { return false }
        let last = database.log.last?.commit ?? 0
        for (_, sink) in disk.state.sinks {
            guard let progress = sink.progress, progress.commit >= last else { return false }
            guard scenario.snapshot == .initial else { continue }
            guard sink.snapshots.count == SimulatedTable.allCases.count,
                sink.snapshots.values.allSatisfy(\.isComplete)
            else { return false }
        }
        return running.runner.status.phase == .running
    }

    private func finish() {
        isOver = true
        oracle.noteLog()
        oracle.checkRows()
    }

    private var logger: Logger {
        var logger = Logger(label: "simulation") { [isTracing] _ in
            if isTracing { TracingLogHandler() } else { SwiftLogNoOpLogHandler() }
        }
        logger.logLevel = isTracing ? .info : .critical
        return logger
    }
}

private struct TracingLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        print("    log \(event.level): \(event.message) \(details.joined(separator: " "))")
    }
}

public import Change
public import Connector
public import Logging
public import Pipelines
internal import Synchronization

/// Runs one pipeline: from its source through its sinks, until it is drained or cannot go on.
public final class PipelineRunner: Sendable {
    public let pipeline: String
    let document: PipelineDocument
    let source: any ChangeSource
    let sinks: [any ChangeSink]
    let store: any CheckpointStore & ParkedChangeStore
    let clock: any EngineClock
    let options: EngineOptions
    let logger: Logger
    let startedAt: Int64

    /// Open while the pipeline takes changes; shut while it is paused.
    let door = Door(isOpen: true)
    private let draining = Signal()
    private let state = Mutex(State())

    private struct State {
        var phase = PipelineStatus.Phase.starting
        var isDraining = false
        var run: PipelineRun?
    }

    /// - Parameter sinks: one for each sink of the document, in its order.
    public init(
        document: PipelineDocument, source: any ChangeSource, sinks: [any ChangeSink],
        store: any CheckpointStore & ParkedChangeStore,
        options: EngineOptions = EngineOptions(), clock: any EngineClock = SystemClock(), logger: Logger
    ) {
        precondition(sinks.count == document.sinks.count, "every sink of the document has its connector")
        pipeline = document.name
        self.document = document
        self.source = source
        self.sinks = sinks
        self.store = store
        self.options = options
        self.clock = clock
        self.logger = logger
        startedAt = clock.now()
    }

    /// Runs until ``drain()`` was called and everything taken is settled and checkpointed, or throws why it cannot go
    /// on. Faults of the infrastructure are retried inside and never end it. Called once.
    public func run() async throws {
        do {
            while !state.withLock({ $0.isDraining }) {
                do {
                    try await runOnce()
                } catch let error as MillraceError where error.code == .sinkReplaced {
                    logger.notice(
                        "a sink may be another one than before: reading its marker", metadata: ["reason": "\(error)"])
                }
            }
            state.withLock { $0.phase = .stopped }
        } catch {
            state.withLock { $0.phase = .failed(reason: String(describing: error)) }
            throw error
        }
    }

    private func runOnce() async throws {
        let known = try await persistently("reading the state", clock: clock, logger: logger) {
            try await clock.perform("millrace-load") { [store] in try store.load() }
        }
        let openings = zip(document.sinks, sinks).map { SinkOpening($0, $1, in: known, for: self) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for opening in openings {
                group.addTask {
                    await opening.run()
                    return false
                }
            }
            group.addTask {
                try await self.run(from: known, openings)
                return true
            }
            defer { group.cancelAll() }
            while let isOver = try await group.next(), !isOver {}
        }
    }

    private func run(from known: PipelineState, _ openings: [SinkOpening]) async throws {
        let run = try await PipelineRun.open(self, state: known, openings: openings)
        state.withLock { state in
            state.run = run
            if state.phase == .starting { state.phase = .running }
            if state.isDraining { draining.set() }
        }
        try await run.run(until: draining)
    }

    /// Takes nothing new, applies and checkpoints what was taken, and lets ``run()`` return.
    public func drain() {
        state.withLock { state in
            state.isDraining = true
            state.phase = .draining
        }
        door.open()
        draining.set()
    }

    /// Takes nothing new until ``resume()``; the source's connection stays alive.
    public func pause() {
        door.shut()
        state.withLock { if $0.phase == .running { $0.phase = .paused } }
    }

    public func resume() {
        state.withLock { if $0.phase == .paused { $0.phase = .running } }
        door.open()
    }

    /// Begins a new run of these tables in every sink that they go to.
    ///
    /// - Parameter findingDeletes: whether what the run does not find is then deleted from the sinks.
    public func snapshot(_ tables: [TableName], findingDeletes: Bool) async throws {
        try await running().snapshots.begin(tables, findingDeletes: findingDeletes)
    }

    /// Reads single rows again, by the values of their primary key, and writes them as they are now into one sink; rows
    /// that are gone are deleted there. Returns when every one of them is settled.
    ///
    /// The rows bear the version of the moment: a change that comes later beats them.
    public func reread(_ keys: [[String]], of table: TableName, in sink: String) async throws {
        guard let run = state.withLock({ $0.run }), document.sinks.contains(where: { $0.name == sink }) else {
            throw MillraceError(.configuration, "the pipeline has no such sink, or is not running yet", place: sink)
        }
        try await run.whileItRuns { try await run.snapshots.reread(keys, of: table, in: sink) }
    }

    /// - Throws: ``Connector/MillraceError`` with the code `configuration` while there is nothing that runs.
    func running() throws -> PipelineRun {
        guard let run = state.withLock({ $0.run }) else {
            throw MillraceError(.configuration, "the pipeline is not running yet", place: pipeline)
        }
        return run
    }

    /// The pipeline's tables as they were when it was last opened.
    var tables: [TableSchema] { state.withLock { $0.run }?.start.tables ?? [] }

    /// The newest position of the source's log, asked for now.
    public func head() async throws -> UInt64 {
        try await source.health().head
    }

    /// How the pipeline stands now.
    public var status: PipelineStatus {
        let (phase, run) = state.withLock { ($0.phase, $0.run) }
        var status = PipelineStatus(pipeline: pipeline, phase: phase, at: clock.now(), startedAt: startedAt)
        run?.describe(in: &status)
        return status
    }
}

/// How the engine behaves; the defaults suit most pipelines.
public struct EngineOptions: Sendable {
    /// How many bytes of changes may wait between the source and the dispatcher.
    public var handoverBytes = 4 << 20
    /// How many bytes of changes may wait before each sink.
    public var inboxBytes = 4 << 20
    /// How many bytes of writes may be under way in each sink.
    public var pendingBytes = 8 << 20
    /// How many bytes of one transaction's window each sink keeps in memory; what is beyond goes to ``spillFolder``.
    public var windowBytesMax = 16 << 20
    /// Where windows go that are too large for memory: a folder of the owner alone, in the state folder. Without one
    /// they stay in memory, however large.
    public var spillFolder: String?
    /// How often the checkpoint is saved, at the most.
    public var checkpointEvery = Duration.milliseconds(100)
    /// How long the start waits for the other sinks once one is open.
    public var openingPatience = Duration.seconds(2)
    /// How often the source is asked how its log stands.
    public var healthEvery = Duration.seconds(5)
    /// A sink that feeding has to wait for during half of such a time holds the others up, and is detached.
    public var latenessWindow = Duration.seconds(20)
    /// How many changes of one mapping may park in a row before its sink stops.
    public var parkedInARowMax = 100
    /// Whether a sweep waits for what has overtaken rows of its run; off only where a test shows what that is for.
    var sweepsWait = true
    /// Whether rows are written again when what they look up changes; off for the same.
    var followsLookUps = true

    public init() {}
}

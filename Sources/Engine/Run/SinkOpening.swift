internal import Change
internal import Connector
internal import Logging
internal import Pipelines
internal import Synchronization

/// Opens one sink at the start of a run, beside the others: finds out which target answers, and when the source is known,
/// prepares and marks it.
///
/// Whatever passes is tried again for ever. The run does not wait long for one sink while another is open: it begins
/// without, and what the sink then turns out to be has to fit what the run took it for.
final class SinkOpening: Sendable {
    /// A sink's target as it was found.
    struct Target {
        var incarnation: SinkIncarnation
        /// Where feeding it resumes; nil for one that was never fed.
        var progress: SourceProgress?
        /// How often something of a snapshot was saved for it.
        var snapshotSaves: Int64
        /// The snapshots of which a target that came back from older data lacks rows.
        var snapshotsLost: Set<SnapshotKey>
    }

    /// What is to be done once the source is known.
    struct Order {
        var source: SourceIdentity
        var mappings: [any RowMapping]
        /// Where the run feeds the sink from.
        var progress: SourceProgress
        /// Whether the run began before the target was found.
        var isAhead: Bool
    }

    private struct State {
        var found: Result<Target, any Error>?
        var order: Order?
        var isReady = false
        var failure: (any Error)?
        var lastFailure: String?
    }

    let name: String
    private let sink: any ChangeSink
    private let known: SinkState
    private let pipeline: PipelineState
    private unowned let owner: PipelineRunner
    private let state = Mutex(State())
    private let ordered = Door(isOpen: false)
    private let ended = Door(isOpen: false)

    init(_ document: SinkDocument, _ sink: any ChangeSink, in pipeline: PipelineState, for owner: PipelineRunner) {
        name = document.name
        self.sink = sink
        self.pipeline = pipeline
        self.owner = owner
        known = pipeline.sinks[document.name] ?? SinkState()
    }

    /// What was found; nil as long as nothing is.
    var found: Result<Target, any Error>? { state.withLock { $0.found } }

    /// Whether the sink takes writes.
    var isReady: Bool { state.withLock { $0.isReady } }

    /// Whether it is ready, or never will be.
    var isOver: Bool { state.withLock { $0.isReady || $0.failure != nil } }

    /// Why the last attempt failed; nil once the sink is ready.
    var lastFailure: String? { state.withLock { $0.isReady ? nil : $0.lastFailure } }

    /// Opens the sink, waits for the order, and carries it out. What fails for good is kept for who waits.
    func run() async {
        defer { ended.open() }
        do {
            let target = try await look()
            state.withLock { $0.found = .success(target) }
            await ordered.pass()
            try Task.checkCancellation()
            guard let order = state.withLock({ $0.order }) else { return }
            try await perform(order, on: target)
            state.withLock { $0.isReady = true }
        } catch {
            state.withLock { state in
                if state.found == nil { state.found = .failure(error) }
                state.failure = error
            }
        }
    }

    /// Says what is to be done. Called once.
    func begin(_ order: Order) {
        state.withLock { $0.order = order }
        ordered.open()
    }

    /// Returns when the sink is ready, or never will be.
    func waitUntilOver() async { await ended.pass() }

    /// Returns when the sink is ready.
    ///
    /// - Throws: why it never will be; with the code `sinkReplaced` where the run was wrong about it, and has to be
    ///   begun again.
    func waitUntilReady() async throws {
        await ended.pass()
        if let failure = state.withLock({ $0.failure }) { throw failure }
        guard isReady else { throw CancellationError() }
    }

    private func look() async throws -> Target {
        let incarnation = try await persistently("opening sink \(name)") { try await sink.open() }
        let marker = try await persistently("reading the marker of \(name)") {
            try await sink.readMarker(pipeline: owner.pipeline)
        }
        let progress =
            sink.traits.keepsMarker
            ? try PipelineRun.verify(known, of: name, marker: marker, incarnation: incarnation, in: pipeline)
            : known.progress
        let saves = ([marker?.snapshotSaves ?? 0] + known.snapshots.values.map(\.lastSave)).max() ?? 0
        let lost = known.snapshots.filter { $0.value.lastSave > marker?.snapshotSaves ?? .max }.keys
        return Target(
            incarnation: incarnation, progress: progress, snapshotSaves: saves,
            snapshotsLost: progress == nil ? [] : Set(lost.map { SnapshotKey(sink: name, table: $0) }))
    }

    private func perform(_ order: Order, on target: Target) async throws {
        if order.isAhead, !target.snapshotsLost.isEmpty || target.progress ?? order.progress != order.progress {
            throw MillraceError(
                .sinkReplaced, "it is older than the state says, and the run began without it", place: name)
        }
        try await persistently("preparing sink \(name)") { try await sink.prepare(order.mappings) }
        try await persistently("marking sink \(name)") {
            try await sink.writeMarker(
                SinkMarker(
                    pipeline: owner.pipeline, source: order.source, epoch: pipeline.epoch, progress: order.progress,
                    snapshotSaves: target.snapshotSaves))
        }
        var update = StateUpdate()
        if order.progress != known.progress { update.progress[name] = order.progress }
        update.incarnations[name] = target.incarnation
        let saving = update
        try await persistently("saving the state") {
            try await owner.clock.perform("millrace-save") { [store = owner.store] in try store.save(saving) }
        }
    }

    private func persistently<Value: Sendable>(
        _ what: String, _ call: () async throws -> Value
    ) async throws -> Value {
        try await Engine.persistently(what, clock: owner.clock, logger: owner.logger) {
            do {
                return try await call()
            } catch {
                state.withLock { $0.lastFailure = "\(error)" }
                throw error
            }
        }
    }
}

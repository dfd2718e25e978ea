internal import Change
internal import Connector
internal import Logging
internal import Synchronization

/// Makes progress durable and acknowledges it, in that order: marker in the sink, checkpoint on disk, and only then
/// the source.
final class CheckpointKeeper: Sendable {
    private let sinks: [SinkRunner]
    private let source: any ChangeSource
    private let store: any CheckpointStore
    private let identity: SourceIdentity
    private let epoch: UInt8
    private let pipeline: String
    private let snapshots: SnapshotRuns
    private let interval: Duration
    private let clock: any EngineClock
    private let logger: Logger
    private let state: Mutex<State>

    /// What was acknowledged last. Held while the source is told.
    private let acknowledging = Mutex(SourceProgress(commit: 0, end: 0))

    private struct State {
        var saved: [String: SourceProgress]
        var savedAt: [String: Int64] = [:]
        /// By sink: how often something of a snapshot was saved.
        var snapshotSaves: [String: Int64] = [:]
        var acknowledged: SourceProgress?
        var areSinksDone = false
    }

    init(
        owner: PipelineRunner, start: SourceStart, epoch: UInt8, sinks: [SinkRunner], saved: [String: SourceProgress],
        snapshots: SnapshotRuns
    ) {
        self.sinks = sinks
        source = owner.source
        store = owner.store
        identity = start.identity
        self.epoch = epoch
        pipeline = owner.pipeline
        self.snapshots = snapshots
        interval = owner.options.checkpointEvery
        clock = owner.clock
        logger = owner.logger
        state = Mutex(State(saved: saved))
    }

    var acknowledged: SourceProgress? { state.withLock { $0.acknowledged } }

    func saved(of sink: String) -> (SourceProgress?, Int64?) {
        state.withLock { ($0.saved[sink], $0.savedAt[sink]) }
    }

    /// Takes note of a sink that is open: what it has at the start, and how often a snapshot was saved for it.
    func noteOpen(_ sink: String, at progress: SourceProgress, snapshotSaves: Int64) {
        state.withLock { state in
            state.saved[sink] = progress
            state.snapshotSaves[sink] = snapshotSaves
        }
    }

    /// Saves whenever something was settled, until the sinks are done; each sink by itself, so that one which takes no
    /// marker holds up what is saved of no other.
    ///
    /// - Throws: where a sink says that it may be another one than before.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sink in sinks { group.addTask { try await self.keep(sink) } }
            try await group.drainOrFail()
        }
    }

    private func keep(_ sink: SinkRunner) async throws {
        var backoff = Backoff()
        while !Task.isCancelled {
            await sink.settled.wait()
            let isLast = state.withLock { $0.areSinksDone }
            do {
                let isWhole = try await save(sink)
                if isLast, isWhole { return }
                try await clock.sleep(for: interval)
                guard !isWhole else {
                    backoff.reset()
                    continue
                }
                // A sink that would not take its marker is asked again, even if nothing more settles in it.
                try await clock.sleep(for: backoff.next(random: clock.random()))
                sink.onSettled()
            } catch is CancellationError {
                return
            } catch let error where RetryTable.decision(for: error) == .verifyTarget {
                throw error
            } catch {
                logger.error(
                    "the checkpoint cannot be saved; nothing is acknowledged until it can",
                    metadata: ["sink": "\(sink.name)", "reason": "\(error)"])
                if isLast { return }
                try? await clock.sleep(for: backoff.next(random: clock.random()))
                sink.onSettled()
            }
        }
    }

    /// Says that nothing more will settle, so that ``run()`` saves once more and returns.
    func sinksAreDone() {
        state.withLock { $0.areSinksDone = true }
        for sink in sinks { sink.onSettled() }
    }

    /// Saves what is left; for the end of a drain.
    func finish() async throws {
        for sink in sinks { _ = try await save(sink) }
    }

    /// - Returns: whether everything that is settled was saved; false where the sink would not take its marker.
    private func save(_ sink: SinkRunner) async throws -> Bool {
        // Of a sink that is not open nothing is settled.
        guard sink.isOpen else { return true }
        var update = StateUpdate()
        let isWhole = try await collect(sink, into: &update)
        guard !update.isEmpty else { return isWhole }
        let saving = update
        try await clock.perform("millrace-save") { [store] in try store.save(saving) }
        CrashPoint.afterCheckpoint.pass()
        snapshots.saved(update)
        let now = clock.now()
        let lowest = state.withLock { state in
            for (sink, progress) in update.progress {
                state.saved[sink] = progress
                state.savedAt[sink] = now
            }
            return state.saved.count == sinks.count ? state.saved.values.min() : nil
        }
        if let lowest { acknowledge(lowest) }
        return isWhole
    }

    /// The sinks save at once, and an acknowledgement never goes back.
    private func acknowledge(_ lowest: SourceProgress) {
        acknowledging.withLock { last in
            guard lowest > last else { return }
            last = lowest
            state.withLock { $0.acknowledged = lowest }
            CrashPoint.beforeAcknowledgement.pass()
            source.acknowledge(lowest, of: .main)
        }
    }

    /// - Returns: false where the sink has settled something and would not take the marker that says so.
    private func collect(_ sink: SinkRunner, into update: inout StateUpdate) async throws -> Bool {
        let (watermark, chunks) = sink.book.withLock { book in
            (book.settlement.watermark, book.settlement.takeFinishedChunks())
        }
        snapshots.finished(chunks, in: sink.name)
        if !chunks.isEmpty { CrashPoint.afterChunk.pass() }
        var own = StateUpdate()
        snapshots.collect(for: sink.name, into: &own)
        let bringsRows = !own.chunksFinished.isEmpty || !own.snapshotsCompleted.isEmpty
        let (saved, saves) = state.withLock { state in
            (state.saved[sink.name] ?? SourceProgress(commit: 0, end: 0), state.snapshotSaves[sink.name] ?? 0)
        }
        let progress = max(watermark ?? saved, saved)
        guard progress > saved || bringsRows else {
            update.merge(own)
            return true
        }
        let number = bringsRows ? saves + 1 : saves
        do {
            try await sink.sink.writeMarker(
                SinkMarker(
                    pipeline: pipeline, source: identity, epoch: epoch, progress: progress, snapshotSaves: number))
            CrashPoint.afterMarker.pass()
            state.withLock { $0.snapshotSaves[sink.name] = number }
            if progress > saved { own.progress[sink.name] = progress }
            own.snapshotSaves[sink.name] = number
            update.merge(own)
            return true
        } catch let error where RetryTable.decision(for: error) == .verifyTarget {
            throw error
        } catch {
            logger.debug("the marker cannot be written", metadata: ["sink": "\(sink.name)", "reason": "\(error)"])
            return false
        }
    }
}

extension StateUpdate {
    /// Adds what belongs to another sink.
    fileprivate mutating func merge(_ other: StateUpdate) {
        progress.merge(other.progress) { $1 }
        snapshotsBegun.merge(other.snapshotsBegun) { $1 }
        chunksFinished.merge(other.chunksFinished) { $1 }
        snapshotsCompleted.formUnion(other.snapshotsCompleted)
        snapshotSaves.merge(other.snapshotSaves) { $1 }
    }
}

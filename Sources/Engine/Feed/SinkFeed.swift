internal import Change
internal import Connector
internal import Logging
internal import Synchronization
internal import Threads

/// Feeds one sink: from the main stream while the sink keeps up, and from a copy of it while the sink is behind.
///
/// The two feeds may overlap, because the sorter passes over whatever it has seen. So going over is safe in either
/// direction as long as nothing is left out: the detached feed begins after the last transaction that was fed whole,
/// and the main stream takes over at the beginning of a transaction, when everything before it was fed.
final class SinkFeed: Sendable {
    let sink: SinkRunner
    private let source: any ChangeSource
    private let clock: any EngineClock
    private let options: EngineOptions
    private let logger: Logger
    private let detachments: AsyncStream<SinkFeed>.Continuation
    private let state: Mutex<State>

    private struct State {
        var isDetached: Bool
        /// Whether the detached feed is putting a batch just now.
        var isPumping = false
        /// How far the sink was fed, by either feed.
        var fed: FeedProgress
        var lateness: Lateness
    }

    init(
        sink: SinkRunner, after progress: SourceProgress, owner: PipelineRunner,
        detachments: AsyncStream<SinkFeed>.Continuation
    ) {
        self.sink = sink
        source = owner.source
        clock = owner.clock
        options = owner.options
        logger = owner.logger
        self.detachments = detachments
        state = Mutex(
            State(
                isDetached: false, fed: FeedProgress(after: progress),
                lateness: Lateness(window: owner.options.latenessWindow)))
    }

    var isDetached: Bool { state.withLock { $0.isDetached } }

    private var feed: Feed { .detached(sink: sink.name) }

    // MARK: The main stream

    /// Passes a batch of the main stream on, or leaves it to the detached feed. For the dispatcher alone.
    ///
    /// - Parameters:
    ///   - main: how far the main stream had come before this batch.
    ///   - isAlone: whether no other sink is held up by this one.
    func take(_ batch: ChangeBatch, after main: FeedProgress, isAlone: Bool) async {
        guard attachIfCaughtUp(with: main) else { return }
        if await offer(batch, isAlone: isAlone) {
            state.withLock { $0.fed.note(batch) }
        } else if !Task.isCancelled {
            detach()
        }
    }

    /// Passes rows of a snapshot on; false when the sink is detached or late and they have to be read again later.
    func takeSnapshot(_ batch: ChangeBatch, isAlone: Bool) async -> Bool {
        guard !isDetached else { return false }
        return await offer(batch, isAlone: isAlone)
    }

    private func attachIfCaughtUp(with main: FeedProgress) -> Bool {
        let (isAttached, isNews) = state.withLock { state in
            guard state.isDetached else { return (true, false) }
            guard !state.isPumping, main.isBetweenTransactions, state.fed.whole >= main.whole else {
                return (false, false)
            }
            state.isDetached = false
            state.lateness.reset()
            return (true, true)
        }
        if isNews {
            CrashPoint.atHandOver.pass()
            logger.notice("the sink has caught up with the others", metadata: ["sink": "\(sink.name)"])
        }
        return isAttached
    }

    private func offer(_ batch: ChangeBatch, isAlone: Bool) async -> Bool {
        if isAlone { return await sink.inbox.put(batch) }
        let patience = state.withLock { $0.lateness.patience }
        let begun = clock.monotonic()
        defer {
            let now = clock.monotonic()
            state.withLock { $0.lateness.note(wait: now - begun, at: now) }
        }
        return await sink.inbox.put(batch, patience: patience, clock: clock)
    }

    private func detach() {
        logger.warning(
            "the sink holds the others up: it goes on by a feed of its own until it has caught up",
            metadata: ["sink": "\(sink.name)"])
        state.withLock { $0.isDetached = true }
        detachments.yield(self)
    }

    // MARK: The detached feed

    /// Feeds the sink from a stream of its own until the main stream takes over or the task is cancelled.
    func runDetached() async throws {
        var backoff = Backoff()
        while isDetached, !Task.isCancelled {
            do {
                try await streamDetached()
            } catch is CancellationError {
                break
            } catch where RetryTable.decision(for: error) == .retry {
                logger.warning(
                    "the feed of a sink that is behind failed; trying again",
                    metadata: ["sink": "\(sink.name)", "reason": "\(error)"])
                try await clock.sleep(for: backoff.next(random: clock.random()))
            }
        }
        try await source.endFeed(feed)
    }

    private func streamDetached() async throws {
        let handover = Handover<ChangeBatch>(byteLimit: options.handoverBytes)
        let begin = state.withLock { $0.fed.whole }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { handover.finish() }
                try await self.source.stream(self.feed, after: begin, into: handover)
            }
            group.addTask {
                while let batch = try await handover.next(), self.beginPumping() {
                    let isPut = await self.sink.inbox.put(batch)
                    CrashPoint.whileDetached.pass()
                    self.endPumping(isPut ? batch : nil)
                }
            }
            // Whichever ends first ends the other: the main stream has taken over, or the copy has broken.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func beginPumping() -> Bool {
        state.withLock { state in
            state.isPumping = state.isDetached
            return state.isPumping
        }
    }

    private func endPumping(_ batch: ChangeBatch?) {
        state.withLock { state in
            if let batch { state.fed.note(batch) }
            state.isPumping = false
        }
    }
}

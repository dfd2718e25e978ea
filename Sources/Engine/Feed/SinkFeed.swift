internal import Change
internal import Connector
internal import Logging
internal import Synchronization
internal import Threads

/// Feeds one sink: from the main stream while the sink keeps up, and from a copy of it while the sink is behind.
///
/// The two feeds may overlap, because the sorter passes over whatever it has seen. So going over is safe in either
/// direction as long as nothing is left out: the detached feed begins after the last transaction that was fed whole,
/// and the main stream takes over at the beginning of a transaction, when everything before it was fed. Whichever comes
/// second finds that: the main stream at its next batch, or the detached feed when it has fed the last one.
final class SinkFeed: Sendable {
    let sink: SinkRunner
    private let source: any ChangeSource
    private let clock: any EngineClock
    private let options: EngineOptions
    private let logger: Logger
    private let detachments: AsyncStream<SinkFeed>.Continuation
    private let state: Mutex<State>

    fileprivate struct State {
        var isDetached: Bool
        /// Whether the detached feed is putting a batch just now.
        var isPumping = false
        /// Whether a recovery is under way: one at a time, or two feeds would be pumped at once.
        var isRecovering = false
        /// How far the sink was fed, by either feed.
        var fed: FeedProgress
        /// How far the main stream has come, the batches that it left to the detached feed included.
        var main: FeedProgress
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
                // What it had at the start it has: from before that a slot may keep nothing.
                isDetached: false, fed: FeedProgress(after: max(progress, sink.feedsFrom)),
                main: FeedProgress(after: progress),
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
        var after = main
        after.note(batch)
        guard attachIfCaughtUp(with: main, orLeaveUntil: after) else { return }
        if await offer(batch, isAlone: isAlone) {
            state.withLock { $0.fed.note(batch) }
        } else if !Task.isCancelled {
            detach(at: after)
        }
    }

    /// Passes rows of a snapshot on; false when the sink is detached or not open and they have to be read again later.
    func takeSnapshot(_ batch: ChangeBatch) -> Bool {
        guard !isDetached, sink.isOpen else { return false }
        sink.inbox.put(rows: batch)
        return true
    }

    /// Has the sink recover, unless it does already. What it is owed then, such as rows of a snapshot, is known by now.
    func askForRecovery() {
        let isNew = state.withLock { state in
            defer { state.isRecovering = true }
            return !state.isRecovering
        }
        if isNew { detachments.yield(self) }
    }

    private func attachIfCaughtUp(with main: FeedProgress, orLeaveUntil after: FeedProgress) -> Bool {
        let (isAttached, isNews) = state.withLock { state in
            guard state.isDetached else { return (true, false) }
            state.main = main
            guard !state.isPumping, state.attachIfCaughtUp() else {
                state.main = after
                return (false, false)
            }
            return (true, true)
        }
        if isNews { reportAttached() }
        return isAttached
    }

    private func reportAttached() {
        CrashPoint.atHandOver.pass()
        logger.notice("the sink has caught up with the others", metadata: ["sink": "\(sink.name)"])
    }

    private func offer(_ batch: ChangeBatch, isAlone: Bool) async -> Bool {
        if isAlone { return await sink.inbox.put(batch) }
        // Nobody waits for a sink that is not open.
        let patience = sink.isOpen ? state.withLock { $0.lateness.patience } : .milliseconds(1)
        let begun = clock.monotonic()
        defer {
            let now = clock.monotonic()
            state.withLock { $0.lateness.note(wait: now - begun, at: now) }
        }
        return await sink.inbox.put(batch, patience: patience, clock: clock)
    }

    private func detach(at main: FeedProgress) {
        logger.warning(
            "the sink holds the others up: it goes on by a feed of its own until it has caught up",
            metadata: ["sink": "\(sink.name)"])
        state.withLock { state in
            state.isDetached = true
            state.main = main
        }
        askForRecovery()
    }

    // MARK: The detached feed

    /// Returns when the sink can take rows of snapshots again. A detached one is fed from a stream of its own until
    /// the main stream takes over; of one that was merely late, room is waited for.
    func recover() async throws {
        if !sink.isOpen {
            await sink.opening.waitUntilOver()
            // One that never will be open stops by itself.
            guard sink.isOpen else { throw CancellationError() }
        }
        repeat {
            if isDetached { try await runDetached() }
            try Task.checkCancellation()
            try await waitForRoom()
        } while !state.withLock({ $0.hasRecovered() })
    }

    /// Waits until rows may come again: the stream alone may never let the inbox run empty, and one that is no longer full
    /// says nothing of a sink that stands still.
    private func waitForRoom() async throws {
        let before = sink.progress
        var backoff = Backoff(cap: .seconds(5))
        while !isDetached, sink.inbox.queuedBytes > 0, sink.inbox.isFilling || sink.progress == before {
            try await clock.sleep(for: backoff.next(random: clock.random()))
        }
    }

    private func runDetached() async throws {
        var backoff = Backoff()
        while isDetached, !Task.isCancelled {
            do {
                try await streamDetached()
            } catch is CancellationError {
                break
            } catch let error where RetryTable.decision(for: error) == .retry {
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
                    // What comes after a batch that was not taken would leave it out.
                    guard self.endPumping(isPut ? batch : nil), isPut else { return }
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

    /// - Returns: whether the sink is still detached.
    private func endPumping(_ batch: ChangeBatch?) -> Bool {
        let isDetached = state.withLock { state in
            if let batch { state.fed.note(batch) }
            state.isPumping = false
            return !state.attachIfCaughtUp()
        }
        if !isDetached { reportAttached() }
        return isDetached
    }
}

extension SinkFeed.State {
    /// Hands over to the main stream where everything before its next batch was fed.
    fileprivate mutating func attachIfCaughtUp() -> Bool {
        guard main.isBetweenTransactions, fed.whole >= main.whole else { return false }
        isDetached = false
        lateness.reset()
        return true
    }

    /// Ends a recovery where the sink is not detached again. What it took to get here says nothing about what comes.
    fileprivate mutating func hasRecovered() -> Bool {
        guard !isDetached else { return false }
        isRecovering = false
        lateness.reset()
        return true
    }
}

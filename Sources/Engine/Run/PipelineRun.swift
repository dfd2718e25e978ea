internal import Change
internal import Connector
internal import Logging
internal import Synchronization
internal import Threads

/// One life of a pipeline between opening its connectors and losing or leaving them.
final class PipelineRun: Sendable {
    /// Holds this run and outlives it.
    unowned let owner: PipelineRunner
    let start: SourceStart
    let epoch: UInt8
    let sinks: [SinkRunner]
    let snapshots: SnapshotCoordinator
    let keeper: CheckpointKeeper
    let handover: Handover<ChangeBatch>
    let feeds: [SinkFeed]
    private let detachments: AsyncStream<SinkFeed>
    private let endOfDetachments: AsyncStream<SinkFeed>.Continuation
    private let intake = Mutex(SourceStatus())
    /// Open when the run has ended, or is draining: nothing more is read.
    private let end = Door(isOpen: false)
    private let stopped = Mutex<[String: MillraceError]>([:])
    /// How fast the audit goes that is under way, where it is told how fast.
    let auditTempo = Mutex<AuditTempo?>(nil)
    /// Held while it is decided which rows wait: an older decision must not take the place of a newer one.
    let puttingOff = Mutex(())
    /// Signalled when rows wait at the source.
    let rowsWait = Signal()
    /// The highest commit of which the main stream has delivered anything.
    private let deliveredCommit = Mutex<UInt64>(0)

    init(
        owner: PipelineRunner, start: SourceStart, epoch: UInt8, sinks: [SinkRunner], snapshots: SnapshotCoordinator,
        keeper: CheckpointKeeper
    ) {
        self.owner = owner
        self.start = start
        self.epoch = epoch
        self.sinks = sinks
        self.snapshots = snapshots
        self.keeper = keeper
        handover = Handover(byteLimit: owner.options.handoverBytes)
        let (stream, continuation) = AsyncStream<SinkFeed>.makeStream()
        detachments = stream
        endOfDetachments = continuation
        feeds = sinks.map { sink in
            SinkFeed(sink: sink, after: start.progress, owner: owner, detachments: continuation)
        }
    }

    /// Does what needs the run, and is cancelled as soon as that ends.
    ///
    /// - Throws: ``MillraceError`` with the code `runEnded`.
    func whileItRuns<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await self.end.pass()
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else {
                try Task.checkCancellation()
                throw MillraceError(
                    .runEnded, "the pipeline was stopped, or opened its connectors again, meanwhile",
                    place: owner.pipeline)
            }
            return value
        }
    }

    /// Streams until the signal, then drains.
    func run(until draining: Signal) async throws {
        defer { end.open() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.feed(until: draining) }
            group.addTask { try await self.dispatch() }
            group.addTask { try await self.runDetachedFeeds() }
            group.addTask { try await self.runSinks() }
            group.addTask { try await self.keeper.run() }
            do {
                try await group.drainOrFail()
            } catch {
                group.cancelAll()
                throw error
            }
        }
        try await keeper.finish()
    }

    /// The stream and the snapshots, both of which end when draining begins.
    private func feed(until draining: Signal) async throws {
        defer {
            handover.finish()
            end.open()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.owner.source.stream(.main, after: self.start.progress, into: self.handover)
            }
            group.addTask { try await self.snapshots.run() }
            group.addTask { try await self.takeUpRows() }
            group.addTask { try await self.sweepFinishedRuns() }
            group.addTask { try await self.watchHealth() }
            group.addTask { await draining.wait() }
            defer { group.cancelAll() }
            do {
                try await group.next()
            } catch is CancellationError {}
        }
    }

    /// Passes every batch on to the sinks that it is for.
    private func dispatch() async throws {
        defer {
            endOfDetachments.finish()
            for sink in sinks { sink.inbox.finish() }
        }
        var progress = FeedProgress(after: start.progress)
        while let batch = try await handover.next() {
            await owner.door.pass()
            note(batch)
            CrashPoint.afterRead.pass()
            let working = feeds.filter { feed in !stopped.withLock { $0.keys.contains(feed.sink.name) } }
            if case .snapshot(let origin) = batch.origin {
                pass(batch, of: origin, to: working)
                keepPace()
            } else {
                for feed in working { await feed.take(batch, after: progress, isAlone: working.count == 1) }
                // A sink may not have taken it then, and would miss it in what comes next.
                try Task.checkCancellation()
                progress.note(batch)
                if !progress.isBetweenTransactions { CrashPoint.midTransaction.pass() }
            }
        }
    }

    private func pass(_ batch: ChangeBatch, of origin: SnapshotOrigin, to feeds: [SinkFeed]) {
        var batch = batch
        if snapshots.runs.isReread(origin.run) {
            var origin = origin
            origin.isReread = true
            batch.origin = .snapshot(origin)
        }
        for feed in feeds where snapshots.runs.isWanted(origin, in: feed.sink.name) {
            if feed.takeSnapshot(batch) {
                CrashPoint.midChunk.pass()
            } else {
                leaveOut(feed, of: origin.run)
            }
        }
    }

    /// Runs the feeds of the sinks that are behind.
    private func runDetachedFeeds() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for await feed in detachments {
                group.addTask {
                    do {
                        try await feed.recover()
                        self.snapshots.runs.takeUpPostponed(in: feed.sink.name)
                    } catch is CancellationError {
                        // Draining: what the sink has not got comes again.
                    }
                }
            }
            group.cancelAll()
            try await group.drainOrFail()
        }
    }

    private func note(_ batch: ChangeBatch) {
        guard case .stream = batch.origin else { return snapshots.runs.note(batch) }
        if let last = batch.transactions.last { deliveredCommit.withLock { $0 = max($0, last.commit) } }
        let now = owner.clock.now()
        intake.withLock { intake in
            intake.changes += UInt64(batch.changes.count)
            intake.bytes += UInt64(batch.bytes.count)
            intake.receivedAt = now
            for transaction in batch.transactions where transaction.isComplete {
                intake.transactions += 1
                intake.received = transaction.commit
                if transaction.committedAt > 0 { intake.lastCommitAt = transaction.committedAt }
            }
        }
    }

    /// Runs every sink; one that must stop leaves the others going. Throws when none is left, or when one has to be
    /// opened again.
    private func runSinks() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sink in sinks {
                group.addTask {
                    // What is wrong about a target ends the run, as it does where it is found at once.
                    if !sink.isOpen {
                        try await sink.opening.waitUntilReady()
                        self.owner.logger.notice("the sink is open", metadata: ["sink": "\(sink.name)"])
                        self.noteOpen(sink)
                    }
                    do {
                        try await sink.run()
                    } catch let error as MillraceError where error.code != .sinkReplaced {
                        try self.stop(sink, because: error)
                    } catch let errors as ConfigurationErrors {
                        try self.stop(sink, because: MillraceError(.configuration, errors.description))
                    }
                }
            }
            try await group.drainOrFail()
        }
        keeper.sinksAreDone()
    }

    /// Takes note of a sink that is open, before anything is settled in it.
    func noteOpen(_ sink: SinkRunner) {
        let target = try? sink.opening.found?.get()
        keeper.noteOpen(sink.name, at: sink.feedsFrom, snapshotSaves: target?.snapshotSaves ?? 0)
        snapshots.open(sink.name, at: sink.feedsFrom)
    }

    private func stop(_ sink: SinkRunner, because error: MillraceError) throws {
        owner.logger.error("the sink stops", metadata: ["sink": "\(sink.name)", "reason": "\(error)"])
        sink.inbox.finish()
        let isLast = stopped.withLock { stopped in
            stopped[sink.name] = error
            return stopped.count == sinks.count
        }
        if isLast { throw error }
    }

    private func watchHealth() async throws {
        while true {
            do {
                let health = try await owner.source.health()
                let known = intake.withLock { intake in
                    defer { intake.health = health }
                    return intake.health?.warnings ?? []
                }
                for warning in health.warnings where !known.contains(warning) { owner.logger.warning("\(warning)") }
            } catch let error where RetryTable.decision(for: error) == .retry {
                owner.logger.debug("the source's health is unknown", metadata: ["reason": "\(error)"])
            }
            try await owner.clock.sleep(for: owner.options.healthEvery)
        }
    }

    /// How far the main stream had come when this was asked, an open transaction included.
    var delivered: UInt64 { deliveredCommit.withLock { $0 } }

    func isDetached(_ sink: String) -> Bool { feeds.contains { $0.sink.name == sink && $0.isDetached } }

    func isStopped(_ sink: String) -> Bool { stopped.withLock { $0[sink] != nil } }

    /// Adds what is known to a status.
    func describe(in status: inout PipelineStatus) {
        status.source = intake.withLock { $0 }
        status.source.acknowledged = keeper.acknowledged
        status.snapshots = snapshots.statuses
        let reasons = stopped.withLock { $0 }
        status.sinks = feeds.map { feed in
            let sink = feed.sink
            var line = sink.status
            line.isDetached = feed.isDetached
            (line.checkpoint, line.checkpointAt) = keeper.saved(of: sink.name)
            line.stopReason = reasons[sink.name]?.description
            line.isCaughtUp = sink.isOpen && line.pendingWrites == 0 && hasAll(line.checkpoint, of: status.source)
            return line
        }
    }

    /// Whether a checkpoint has everything that was received, and the log's end as it was last asked for.
    private func hasAll(_ checkpoint: SourceProgress?, of source: SourceStatus) -> Bool {
        guard let head = source.health?.head, let checkpoint else { return false }
        return checkpoint.end >= head && checkpoint.commit >= source.received ?? 0
    }
}

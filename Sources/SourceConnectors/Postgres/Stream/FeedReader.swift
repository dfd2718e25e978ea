internal import Change
internal import Connector
internal import Logging
internal import PostgresClient
internal import Threads

/// Reads one feed: the thread that owns its replication connection runs this until it is told to stop.
///
/// What is read goes into the handover as batches; while that is full nothing is read, but statuses go out all the
/// same. Rows of snapshots come in through the merge and leave through the same handover, so that whether the stream
/// has overtaken them is decided in the order in which things are handed over.
final class FeedReader {
    private let plan: FeedPlan
    private let control: FeedControl
    private let handover: Handover<ChangeBatch>
    private let merge: SnapshotMerge?
    private let logger: Logger

    private var cursor: StreamCursor
    /// Admitted and not yet taken by the handover.
    private var pending: ChangeBatch?
    /// Whether a batch of a snapshot goes before the next one of the stream.
    private var isSnapshotsTurn = false
    private var schedule = StatusSchedule(walSenderTimeout: .zero)
    private var received = LSN.zero
    private var idle = IdleAdvance()
    private var lastHeard = ContinuousClock.now

    /// How often the server is asked how far it has come while rows are held.
    private static let holdingPause = Duration.milliseconds(20)

    init(
        plan: FeedPlan, after progress: SourceProgress, control: FeedControl, handover: Handover<ChangeBatch>,
        merge: SnapshotMerge?, logger: Logger
    ) {
        self.plan = plan
        self.control = control
        self.handover = handover
        self.merge = merge
        self.logger = logger
        cursor = StreamCursor(after: progress)
    }

    /// Reads until the control says stop; connects again after whatever passes.
    ///
    /// - Throws: what connecting again cannot mend.
    @available(*, noasync)
    func run() throws {
        handover.whenSpaceAppears { [control] in control.wake.signal() }
        var backoff = Backoff(cap: .seconds(30))
        while true {
            do {
                let session = try FeedSession(
                    plan, resumingAt: LSN(rawValue: cursor.delivered.end), control: control)
                logger.info("streaming", metadata: ["slot": "\(plan.slot)", "from": "\(position)"])
                backoff.reset()
                try read(session)
            } catch let error where PostgresFault.isPassing(error) {
                let pause = backoff.next(random: .random(in: 0..<1))
                logger.warning(
                    "the stream was interrupted; connecting again",
                    metadata: ["slot": "\(plan.slot)", "reason": "\(error)", "pause": "\(pause)"])
                try rest(for: pause)
            } catch {
                throw PostgresFault.describe(error, doing: "streaming", place: plan.slot)
            }
        }
    }

    private var position: LSN { LSN(rawValue: cursor.delivered.end) }

    @available(*, noasync)
    private func read(_ session: FeedSession) throws {
        schedule = StatusSchedule(walSenderTimeout: session.walSenderTimeout)
        received = position
        lastHeard = .now
        // An end that was heard on another connection says nothing about what this one has received.
        idle = IdleAdvance()
        while true {
            try sendStatusIfDue(session)
            guard try handOverPending() else { continue }
            if isSnapshotsTurn {
                isSnapshotsTurn = false
                if let rows = nextRows() {
                    pending = rows
                    continue
                }
            }
            if isBatchFull(session.decoder) {
                cut(session)
            } else if !(try receive(session)) {
                cutOrIdle(session)
            }
        }
    }

    /// Offers what is pending; while it is refused, waits for space. Returns whether nothing is pending any more.
    private func handOverPending() throws -> Bool {
        guard let batch = pending else { return true }
        if handover.offer(batch, cost: batch.byteCount) {
            pending = nil
            return true
        }
        try rest(for: schedule.wait(until: control.acknowledged, now: .now), isOnce: true)
        // What the server sent meanwhile was not looked at.
        lastHeard = .now
        return false
    }

    /// Takes one message of the stream; false when there is none now.
    @available(*, noasync)
    private func receive(_ session: FeedSession) throws -> Bool {
        let isIdle = !hasCut(session.decoder) && !hasRows
        let timeout = isIdle ? waitWhenIdle : .zero
        guard let message = try session.replication.receive(timeout: timeout) else {
            try throwIfSilent(session)
            return false
        }
        lastHeard = .now
        switch message.header {
        case .keepalive(let end, let isReplyRequested):
            received = max(received, end)
            idle.heard(end: end, at: message.sentAt)
            if isReplyRequested { schedule.askedFor() }
        case .data(let start):
            received = max(received, start)
            while case .needs(let request) = try session.decoder.decode(message.payload, sentAt: message.sentAt) {
                try session.answer(request)
            }
        }
        return true
    }

    private var hasRows: Bool { merge?.hasBatches(in: handover.headroom) ?? false }
    private func nextRows() -> ChangeBatch? { merge?.next(in: handover.headroom) }

    private func isBatchFull(_ decoder: PgOutputDecoder) -> Bool {
        BatchSize.isFull(count: decoder.batchChangeCount, bytes: decoder.batchByteCount)
    }

    /// Whether the batch under way holds something to hand over.
    private func hasCut(_ decoder: PgOutputDecoder) -> Bool {
        decoder.batchChangeCount > 0 || !(decoder.isBatchEmpty || decoder.isInTransaction)
    }

    /// Nothing more came: hands over what there is, or lets the position move.
    private func cutOrIdle(_ session: FeedSession) {
        if hasCut(session.decoder) { return cut(session) }
        if let rows = nextRows() {
            pending = rows
        } else if !session.decoder.isInTransaction,
            let transaction = idle.take(
                from: &cursor, now: .now, pause: idlePause)
        {
            var batch = ChangeBatch()
            batch.transactions.append(transaction)
            merge?.willDeliver(batch)
            pending = batch
        }
    }

    /// Takes the decoder's batch; from here on it counts as delivered, since it is kept until it is.
    private func cut(_ session: FeedSession) {
        var batch = session.decoder.takeBatch()
        guard cursor.admit(&batch) else { return }
        merge?.willDeliver(batch)
        pending = batch
        isSnapshotsTurn = true
    }

    private var waitWhenIdle: Duration {
        let now = ContinuousClock.now
        let wait = min(
            schedule.wait(until: control.acknowledged, now: now),
            idle.wait(for: cursor, now: now, pause: idlePause))
        return merge?.isHolding == true ? min(wait, Self.holdingPause) : wait
    }

    /// How long the position rests while nothing is read.
    private var idlePause: Duration { merge?.isHolding == true ? Self.holdingPause : IdleAdvance.pause }

    @available(*, noasync)
    private func sendStatusIfDue(_ session: FeedSession) throws {
        let acknowledged = control.acknowledged
        // Rows wait for the server to say how far it has come.
        let isAsking = merge?.isHolding == true && lastHeard.duration(to: .now) > Self.holdingPause
        guard isAsking || schedule.wait(until: acknowledged, now: .now) == .zero else { return }
        // A server that has been silent for long is asked to answer, so that a dead connection is noticed.
        let isSilent = isAsking || lastHeard.duration(to: .now) > schedule.interval
        try session.replication.sendStatus(
            StandbyStatus(
                written: received, flushed: acknowledged, applied: acknowledged, isReplyRequested: isSilent))
        schedule.sent(acknowledged, now: .now)
    }

    private func throwIfSilent(_ session: FeedSession) throws {
        let limit = max(session.walSenderTimeout * 2, schedule.interval * 4)
        guard lastHeard.duration(to: .now) > limit else { return }
        throw PostgresError(.timeout, message: "the server has not been heard of for \(limit)")
    }

    /// Waits without reading, until the time is over or, with `isOnce`, until woken.
    private func rest(for duration: Duration, isOnce: Bool = false) throws {
        let deadline = ContinuousClock.now + duration
        repeat {
            _ = control.wake.wait(forSocket: -1, timeout: max(.zero, ContinuousClock.now.duration(to: deadline)))
            if control.interrupt.isRaised { throw CancellationError() }
        } while !isOnce && ContinuousClock.now < deadline
    }
}

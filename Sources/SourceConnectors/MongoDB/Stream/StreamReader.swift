internal import Change
internal import Connector
internal import Logging
internal import MongoClient
internal import Threads
internal import Wire

/// Reads one feed: the thread that owns its connection runs this until it is told to stop.
///
/// What is read goes into the handover as batches; while that is full nothing is read. Documents of snapshots come in
/// through the merge and leave through the same handover, so that whether the stream has overtaken them is decided in the
/// order in which things are handed over.
final class StreamReader {
    private let plan: StreamPlan
    private let control: StreamControl
    private let handover: Handover<ChangeBatch>
    private let merge: SnapshotMerge?
    private let logger: Logger

    private var decoder: EventDecoder
    private var resume: ResumePoint
    private var split = SplitEvent()
    /// Made and not yet taken by the handover, in order.
    private var pending: [ChangeBatch] = []
    /// How many bytes of snapshots' rows are still handed over before the stream is asked again.
    private var rowBytesLeft = StreamReader.rowBytesPerTurn
    /// How often the stream answered since it was last opened, the opening included.
    private var answers = 0
    /// How long an answer is awaited where nothing is under way: longer the longer nothing has come.
    private var idleAwait = StreamReader.idleAwaitMin
    private var lastAdvance = ContinuousClock.now
    private var passedOver: Set<String> = []

    private static let rowBytesPerTurn = 4 << 20
    private static let idleAwaitMax: Int64 = 500
    private static let idleAwaitMin: Int64 = 10
    /// While the end of a transaction is awaited.
    private static let busyAwait: Int64 = 10
    /// How long rows of a snapshot are waited for before the stream is asked again.
    private static let rowsPause = Duration.milliseconds(5)
    private static let advancePause = Duration.seconds(1)

    init(
        plan: StreamPlan, after progress: SourceProgress, control: StreamControl, handover: Handover<ChangeBatch>,
        merge: SnapshotMerge?, logger: Logger
    ) {
        self.plan = plan
        self.control = control
        self.handover = handover
        self.merge = merge
        self.logger = logger
        decoder = EventDecoder(
            plan.tables, in: plan.fields, sharesTimes: plan.sharesTimes, after: progress.commit)
        // The start is with what has this time; what the progress stands at may be what no stream can bring.
        resume = ResumePoint(.atOperationTime(MongoPosition.time(of: progress.commit + 1)))
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
                let stream = try open()
                logger.info("streaming", metadata: ["from": "\(MongoPosition.time(of: decoder.delivered))"])
                try read(stream) { backoff.reset() }
            } catch let error where MongoFault.isPassing(error) || Self.isResumable(error) {
                let pause = backoff.next(random: .random(in: 0..<1))
                logger.warning(
                    "the stream was interrupted; connecting again",
                    metadata: ["reason": "\(error)", "pause": "\(pause)"])
                try control.rest(for: pause)
            } catch {
                throw MongoFault.describe(error, doing: "streaming")
            }
        }
    }

    private static func isResumable(_ error: any Error) -> Bool {
        (error as? MongoError).map(ResumePoint.isResumable) ?? false
    }

    /// Connects, makes sure that the server is of the replica set that the positions belong to, and opens the stream.
    @available(*, noasync)
    private func open() throws -> ChangeStream {
        let connection = try MongoConnection(plan.settings)
        try MongoServerFacts.verify(try MongoServerFacts.read(connection).identity, against: plan.identity)
        // What was received of a divided event comes again from its first part on.
        split.reset()
        answers = 0
        let stream = try ChangeStream(on: connection, plan.request, from: resume.start)
        resume.opened()
        return stream
    }

    @available(*, noasync)
    private func read(_ first: ChangeStream, whenAnswered: () -> Void) throws {
        var stream = first
        defer { if control.isStopped { stream.close() } }
        while true {
            try control.throwIfStopped()
            guard try handOverPending() else { continue }
            if takeRows() { continue }
            do {
                try receive(stream)
                answers += 1
                if answers == 2 { whenAnswered() }
            } catch let error as MongoError where answers > 1 && ResumePoint.isResumable(error) {
                // One that fails before it was read from is left to the outer loop, which takes its time.
                logger.info("the stream is resumed", metadata: ["reason": "\(error)"])
                stream = try open()
            }
            if resume.hasEnded { stream = try open() }
        }
    }

    /// Offers what is pending; while it is refused, waits for space. Returns whether nothing is pending any more.
    @available(*, noasync)
    private func handOverPending() throws -> Bool {
        while let batch = pending.first {
            guard handover.offer(batch, cost: batch.byteCount) else {
                try control.rest(for: .milliseconds(500), isOnce: true)
                return false
            }
            pending.removeFirst()
        }
        return true
    }

    /// Takes rows of snapshots, which come by the megabyte; false where it is the stream's turn.
    @available(*, noasync)
    private func takeRows() -> Bool {
        guard let merge, merge.hasRuns, rowBytesLeft > 0 else { return false }
        // The wait for an answer of the server cannot be ended early, and this one can.
        if !merge.hasBatches(in: handover.headroom), !decoder.isInTransaction {
            _ = control.wake.wait(forSocket: -1, timeout: Self.rowsPause)
        }
        guard let rows = merge.next(in: handover.headroom) else { return false }
        rowBytesLeft -= rows.byteCount
        pending = [rows]
        return true
    }

    /// Takes one answer of the server.
    @available(*, noasync)
    private func receive(_ stream: ChangeStream) throws {
        rowBytesLeft = Self.rowBytesPerTurn
        let hasRows = merge?.hasRuns == true
        let reply = try stream.next(
            awaitingMilliseconds: hasRows ? 1 : decoder.isInTransaction ? Self.busyAwait : idleAwait)
        idleAwait = reply.documents.isEmpty && !hasRows ? min(2 * idleAwait, Self.idleAwaitMax) : Self.idleAwaitMin
        let bytes = reply.reply.bytes
        // Where the last event that needs no part more stands: all of them are taken before anything else can fail.
        var whole: Range<Int>?
        for range in reply.documents {
            if try take(bytes.extracting(range)) { whole = range }
            if BatchSize.isFull(count: decoder.changeCount, bytes: decoder.byteCount) { cut() }
        }
        if reply.documents.isEmpty {
            decoder.endOfEvents()
            advance(to: reply.postBatchToken)
        }
        if let whole, !resume.hasEnded {
            let event = bytes.extracting(whole)
            resume.consumed(token: [UInt8](copying: event.extracting(try ChangeEvent(event).token)))
        }
        if !split.isOpen { resume.consumedAll(postBatchToken: reply.postBatchToken) }
        cut()
    }

    /// Takes an event, or a part of one. Returns whether the stream can be resumed after it.
    private func take(_ bytes: Span<UInt8>) throws -> Bool {
        let event = try ChangeEvent(bytes)
        guard let part = event.fragment else {
            try take(event, bytes)
            return true
        }
        guard let whole = try split.add(bytes, part) else { return false }
        try take(try ChangeEvent(whole.span), whole.span)
        return true
    }

    private func take(_ event: ChangeEvent, _ bytes: Span<UInt8>) throws {
        let notice = try decoder.append(event, bytes)
        if notice == .invalidated { resume.invalidated(token: [UInt8](copying: bytes.extracting(event.token))) }
        tell(notice)
    }

    private func tell(_ notice: EventDecoder.Notice) {
        switch notice {
        case .nothing: break
        case .invalidated: logger.info("what the stream was opened on is gone; the stream goes on after it")
        case .emptied(let table, let cause):
            logger.notice(
                "the collection's documents are all gone, and so they will be in every sink",
                metadata: ["table": "\(table)", "event": "\(cause)"])
        case .passedOver(let kind):
            guard passedOver.insert(kind).inserted else { return }
            logger.info(
                "events of this kind do not change documents; they are passed over", metadata: ["event": "\(kind)"])
        }
    }

    /// Lets the position move while nothing that is read changes.
    ///
    /// An answer without events tells the time of the last entry of the oplog that the server has looked at, and each
    /// entry has a time of its own: every event up to that time was sent.
    private func advance(to token: [UInt8]?) {
        let now = ContinuousClock.now
        let pause = merge?.isHolding == true ? .zero : Self.advancePause
        guard lastAdvance.duration(to: now) >= pause, let token,
            let time = ResumeToken.clusterTime(of: token), let commit = try? MongoPosition.commit(time),
            commit > decoder.delivered
        else { return }
        decoder.advance(to: commit, at: Int64(time.seconds) * 1_000_000)
        lastAdvance = now
    }

    /// Takes the decoder's batch; from here on it counts as delivered, since it is kept until it is.
    private func cut() {
        guard !decoder.isEmpty else { return }
        let batch = decoder.take()
        merge?.willDeliver(batch)
        pending.append(batch)
    }
}

internal import Change
internal import Connector
internal import Logging
internal import Pipelines
internal import Synchronization

/// Drives one sink: takes batches from the inbox, sorts them into lanes, applies, and settles.
///
/// One task sorts and one task per lane applies. Everything they share is the book, the gate and the breaker.
final class SinkRunner: Sendable {
    let name: String
    let kind: String
    let sink: any ChangeSink
    let inbox: Inbox
    let gate: FlowGate
    let book: Mutex<SinkBook>
    let breaker = Mutex(CircuitBreaker())
    let opening: SinkOpening
    /// Where the run feeds the sink from.
    let feedsFrom: SourceProgress
    /// Signalled whenever the watermark or a chunk may have moved.
    let settled = Signal()
    let clock: any EngineClock
    let logger: Logger
    /// What is learnt where rows are compared.
    let audits = AuditLedger()
    let lanes: [LaneQueue]
    let traits: SinkTraits
    private let completer: RowCompleter
    private let parking: Parking
    /// Where windows go that are too large for memory.
    let spill: SpillStore?
    let routes: [Router.Route]
    /// The mappings of the tables as they were when the run began.
    let initialPlans: [MappingPlan]
    private let sorter: Mutex<SinkSorter?>
    /// Whether any mapping looks something up.
    private let hasJoins: Bool
    private let onFloor: @Sendable (_ mapping: String, _ floor: Version) async throws -> Void

    struct Limits: Sendable {
        /// How many bytes of changes may wait before the sorter.
        var inboxBytes = 4 << 20
        /// How many bytes of writes may be under way behind it.
        var pendingBytes = 8 << 20
        /// How many changes of one mapping may park in a row before the mapping itself is thought wrong.
        var parkedInARowMax = 100
    }
    private let limits: Limits

    init(
        name: String, kind: String, sink: any ChangeSink, opening: SinkOpening, feedsFrom: SourceProgress,
        sorter: SinkSorter, completer: RowCompleter, parking: Parking,
        spill: SpillStore?, limits: Limits, clock: any EngineClock, logger: Logger,
        onFloor: @escaping @Sendable (_ mapping: String, _ floor: Version) async throws -> Void
    ) {
        self.name = name
        self.kind = kind
        self.sink = sink
        self.completer = completer
        self.parking = parking
        self.spill = spill
        self.limits = limits
        self.clock = clock
        self.logger = logger
        self.opening = opening
        self.feedsFrom = feedsFrom
        self.onFloor = onFloor
        traits = sink.traits
        routes = sorter.router.routes
        hasJoins = sorter.router.hasJoins
        initialPlans = sorter.router.plans
        book = Mutex(SinkBook(mappings: sorter.router.routes.count))
        inbox = Inbox(byteLimit: limits.inboxBytes)
        gate = FlowGate(byteLimit: limits.pendingBytes)
        lanes = (0..<max(1, sink.traits.lanes)).map { _ in LaneQueue() }
        self.sorter = Mutex(sorter)
    }

    /// Whether the target was found, prepared and marked.
    var isOpen: Bool { opening.isReady }

    /// Says that something may be there to save.
    func onSettled() { settled.set() }

    /// Runs until the inbox is finished and everything taken from it is settled, or until the sink must stop.
    func run() async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in lanes.indices { group.addTask { try await self.runLane(lane) } }
                group.addTask {
                    defer { for lane in self.lanes { lane.finish() } }
                    try await self.sort()
                }
                try await group.drainOrFail()
            }
        } catch {
            gate.fail(error)
            for lane in lanes { lane.finish() }
            throw error
        }
    }

    var initialMappings: [any RowMapping] { initialPlans.map(\.mapping) }

    // MARK: Sorting

    private func sort() async throws {
        guard var sorter = sorter.withLock({ $0.take() }) else { return }
        var completer = completer
        while let batch = try await inbox.next() {
            sorter.start(batch)
            while let action = try sorter.next() {
                switch action {
                case .prepare(let mappings):
                    try await persistently("preparing") { try await self.sink.prepare(mappings) }
                case .write(let sorted): try await handOn(sorted, &completer)
                case .truncate(let mapping, let number, let origin):
                    if completer.hasJoins { completer.joins.note(origin.transaction) }
                    try await truncate(mapping, number: number, floor: origin.version, ticket: origin.ticket)
                case .spill(let order):
                    if let part = try await perform(order) { try sorter.accept(part) }
                }
            }
        }
    }

    private func handOn(_ sorted: SortedWrites, _ completer: inout RowCompleter) async throws {
        book.withLock { $0.register(sorted) }
        if !sorted.parked.isEmpty { try await park(sorted.parked) }
        guard !sorted.writes.isEmpty else { return onSettled() }
        if completer.isComplete(sorted) { return try await handOn(sorted.writes) }
        var rest = sorted.writes[...]
        while let writes = try await completer.completeNext(of: &rest) {
            guard completer.hasJoins, writes.contains(where: { $0.plan.trigger != nil }) else {
                try await handOn(writes)
                continue
            }
            let own = writes.filter { $0.plan.trigger == nil }
            try await handOn(own)
            try await writeDependents(of: writes.filter { $0.plan.trigger != nil }, besides: own, &completer)
        }
    }

    func handOn(_ writes: [PendingWrite]) async throws {
        if hasJoins { audits.noteTouched(writes) }
        var outgoing = OutgoingWrites(lanes: lanes.count)
        var settled: [(PendingWrite, Outcome)] = []
        var parked: [(PendingWrite, String)] = []
        for index in writes.indices {
            var write = writes[index]
            switch Shaper.shape(&write) {
            case .write:
                write.cost = OutgoingWrites.cost(of: write)
                // What would overfill the gate goes on its own, so that one window never holds more than the limit.
                if !outgoing.hasRoom(for: write.cost, limit: limits.pendingBytes / 2) { try await send(&outgoing) }
                outgoing.append(write)
            case .settle(let outcome): settled.append((write, outcome))
            case .park(let reason) where write.auditRun > 0:
                audits.noteUnverifiable(write, reason)
                settled.append((write, .filtered))
            case .park(let reason): parked.append((write, reason))
            }
        }
        let isAnySent = outgoing.count > 0
        try await send(&outgoing)
        if !parked.isEmpty { try await park(parked) }
        let now = clock.now()
        book.withLock { book in
            for (write, outcome) in settled {
                if write.auditRun > 0 { book.settleAudited(write) } else { book.settle(write, as: outcome, at: now) }
            }
        }
        // What was sent may have been settled, and said to be, before this was.
        if !isAnySent || !settled.isEmpty || !parked.isEmpty { onSettled() }
    }

    private func send(_ outgoing: inout OutgoingWrites) async throws {
        guard outgoing.count > 0 else { return }
        outgoing.pack()
        try await gate.enter(bytes: outgoing.bytes, writes: outgoing.count)
        outgoing.forEachLane { lane, writes in lanes[lane].append(writes) }
    }

    private func truncate(_ mapping: any RowMapping, number: Int, floor: Version, ticket: Ticket) async throws {
        try await gate.waitUntilEmpty()
        try await onFloor(routes[number].document.name, floor)
        CrashPoint.midTruncate.pass()
        try await persistently("truncating \(mapping.request.name)") {
            try await self.sink.truncate(mapping, floor: floor)
        }
        book.withLock { $0.settleTruncate(of: number, ticket: ticket) }
        onSettled()
    }

    // MARK: Calling the sink

    func waitForBreaker() async throws {
        while case .wait(let duration) = breaker.withLock({ $0.permission(at: clock.monotonic()) }) {
            try await clock.sleep(for: duration)
        }
    }

    /// Notes that a call to the sink failed as a whole, or throws what must not be retried.
    func fault(_ error: any Error) throws {
        guard RetryTable.decision(for: error) == .retry else { throw error }
        let reason = String(describing: error)
        let isNews = book.withLock { book in
            defer { book.lastRetryReason = reason }
            book.retries += 1
            return book.lastRetryReason != reason
        }
        if isNews { logger.warning("trying again", metadata: ["sink": "\(name)", "reason": "\(reason)"]) }
        breaker.withLock { $0.failed(at: clock.monotonic(), random: clock.random()) }
    }

    /// Repeats a call to the sink that stands between all writes, until it succeeds or must not be repeated.
    private func persistently(_ what: String, _ call: @Sendable () async throws -> Void) async throws {
        book.withLock { $0.activity = what }
        defer { book.withLock { $0.activity = nil } }
        var backoff = Backoff()
        while true {
            try await waitForBreaker()
            do {
                try await call()
                breaker.withLock { $0.succeeded() }
                return
            } catch {
                try fault(error)
                try await clock.sleep(for: backoff.next(random: clock.random()))
            }
        }
    }

    // MARK: Parking

    func park(_ writes: [(PendingWrite, String)]) async throws {
        try await parking.park(writes, sink: name, at: clock.now())
        let now = clock.now()
        book.withLock { book in
            for (write, _) in writes { book.settle(write, as: .parked, at: now) }
        }
        try stopIfMappingIsWrong()
    }

    private func park(_ changes: [UnkeyedChange]) async throws {
        try await parking.park(changes, sink: name, at: clock.now())
        book.withLock { book in
            for change in changes { book.settleParked(change) }
        }
        try stopIfMappingIsWrong()
    }

    /// A mapping of which row after row parks is wrong itself: parking the rest of its table would help nobody.
    private func stopIfMappingIsWrong() throws {
        let wrong = book.withLock { book in book.parkedInARow.firstIndex { $0 >= limits.parkedInARowMax } }
        guard let wrong else { return }
        throw MillraceError(
            .sinkRejected,
            "\(limits.parkedInARowMax) changes in a row were parked: the mapping is wrong, not the data; "
                + "see `millrace parked list`", place: routes[wrong].document.name)
    }
}

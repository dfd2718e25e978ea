internal import Change
internal import Connector
internal import Wire

/// Turns batches of changes into the writes of one sink: routes, keys and folds. A state machine without I/O.
///
/// Give it a batch with ``start(_:)`` and perform what ``next()`` returns until it returns nil. Writes come in commit
/// order for every sink key; those of a transaction's window come together, once the window is whole.
struct SinkSorter {
    enum Action {
        /// Mappings that a new version of a table brought: prepare them before the writes that follow.
        case prepare([any RowMapping])
        /// Register the tickets, complete and shape the writes, and send them down their lanes.
        case write(SortedWrites)
        /// Wait until every write is settled, delete what is older than the floor, and count the change.
        case truncate(mapping: any RowMapping, number: Int, origin: WriteOrigin)
        /// Perform the order, and give what was read to ``SinkSorter/accept(_:)``.
        case spill(SpillOrder)
    }

    private(set) var router: Router
    private let epoch: UInt8
    /// Transactions at or below are already applied.
    private var appliedThrough: UInt64
    /// By mapping: writes of a lower version were removed by a truncate.
    private var floors: [Int: Version]

    private var batch = ChangeBatch()
    private var transactionIndex = 0
    private var changeIndex = 0
    private var plansBySchema: [[MappingPlan]?] = []
    /// What the changes of a schema concern beside its own mappings.
    private var triggersBySchema: [[MappingPlan]?] = []
    private let hasTriggers: Bool
    private var window: OpenWindow
    private var windowNumber: UInt8 = 0
    /// Whether writes of one key have to fold: not where there can be only one.
    private var isFolding = true
    private var ticket: Ticket?
    /// The transaction that the ticket is for, and the first of its changes that was not seen: two feeds may overlap.
    private var openCommit: UInt64 = 0
    private var nextOrdinal: UInt64 = 0
    private var nextTransaction = 0
    private var nextChunk = 0
    private var chunkTickets: [ChunkID: Ticket] = [:]
    private var ready: SortedWrites
    private var queued: [Action] = []
    private var key: [UInt8] = []
    private var oldKey: [UInt8] = []

    /// A source that says that it gives rows as they were, and does not.
    private static let noRowBefore =
        "the source did not give the row as it was, so that nobody knows where it stood before: see `millrace check`, "
        + "then read the table again with `millrace snapshot --find-deletes`"

    /// How many writes are gathered from small transactions before they are handed on together.
    private static let gatherMax = 1024

    init(
        router: Router, epoch: UInt8, appliedThrough: UInt64, floors: [Int: Version], window: WindowLimits,
        followsLookUps: Bool = true
    ) {
        hasTriggers = router.hasJoins && followsLookUps
        self.router = router
        self.epoch = epoch
        self.appliedThrough = appliedThrough
        self.floors = floors
        self.window = OpenWindow(limits: window)
        ready = SortedWrites(mappings: router.routes.count)
    }

    mutating func start(_ batch: ChangeBatch) {
        self.batch = batch
        if case .stream = batch.origin { window.begin(batch) }
        transactionIndex = 0
        changeIndex = batch.transactions.first?.changes.lowerBound ?? 0
        plansBySchema = Array(repeating: nil, count: batch.schemas.count)
        triggersBySchema = plansBySchema
    }

    /// The next thing to do for the batch, or nil when it is used up.
    ///
    /// - Throws: ``Connector/ConfigurationErrors`` when a mapping does not fit a table's new version.
    mutating func next() throws -> Action? {
        if !queued.isEmpty { return queued.removeFirst() }
        if case .snapshot(let origin) = batch.origin {
            if transactionIndex == 0 { try sortSnapshot(origin) }
            transactionIndex = 1
        } else {
            while transactionIndex < batch.transactions.count, queued.isEmpty, ready.writes.count < Self.gatherMax {
                if window.isClosing {
                    try handOnWindow()
                } else {
                    try sortTransaction(batch.transactions[transactionIndex])
                }
            }
        }
        if queued.isEmpty || !ready.isEmpty { flushReady() }
        return queued.isEmpty ? nil : queued.removeFirst()
    }

    /// How many bytes the open window keeps alive, beside the batch that is being sorted.
    var byteCount: Int { window.byteCount }

    /// Takes what an order to read a spill brought.
    mutating func accept(_ part: SpillPart) throws { try window.accept(part) }

    private mutating func flushReady() {
        guard !ready.isEmpty else { return }
        queued.append(.write(ready))
        ready = SortedWrites(mappings: router.routes.count)
    }
}

// MARK: - The stream

extension SinkSorter {
    private mutating func sortTransaction(_ transaction: Transaction) throws {
        guard transaction.commit > appliedThrough else { return finish(transaction) }
        precondition(ticket == nil || transaction.commit == openCommit, "a transaction ends before the next begins")
        if ticket == nil {
            openCommit = transaction.commit
            nextOrdinal = 0
            ticket = .transaction(nextTransaction)
            nextTransaction += 1
            windowNumber = 0
            isFolding = !(transaction.isComplete && transaction.changes.count <= 1)
            ready.tickets.append(TicketEntry(ticket: .transaction(nextTransaction - 1), opens: transaction.commit))
        }
        changeIndex = max(changeIndex, transaction.changes.lowerBound)
        while changeIndex < transaction.changes.upperBound {
            let change = batch.changes[changeIndex]
            guard change.ordinal >= nextOrdinal else {
                changeIndex += 1
                continue
            }
            let changeWindow = Window.containing(ordinal: change.ordinal)
            if changeWindow != windowNumber {
                if !window.isEmpty { return window.close() }
                windowNumber = changeWindow
            }
            nextOrdinal = change.ordinal + 1
            changeIndex += 1
            try sort(change, of: transaction)
            if window.isPressed, let order = window.relieve() { queued.append(.spill(order)) }
            if !queued.isEmpty { return }
        }
        if let end = transaction.end {
            if !window.isEmpty { return window.close() }
            if let ticket { ready.addTicket(ticket) { $0.closesAt = end } }
            appliedThrough = max(appliedThrough, transaction.commit)
            ticket = nil
        }
        finish(transaction)
    }

    private mutating func finish(_ transaction: Transaction) {
        changeIndex = transaction.changes.upperBound
        transactionIndex += 1
    }

    /// Goes on with handing on a window that is whole.
    private mutating func handOnWindow() throws {
        guard let step = window.next() else { return }
        for (mapping, count) in window.takeFoldedCounts().enumerated() where count > 0 {
            ready.count(mapping) { $0.folded += UInt64(count) }
        }
        switch step {
        case .handOn:
            while ready.writes.count < Self.gatherMax, let write = window.take() {
                ready.append(write.plan.trigger == nil ? write : try refreshed(write))
            }
        case .spill(let order):
            // What is ready is handed on while the disk is busy, and is no longer in memory after it.
            flushReady()
            queued.append(.spill(order))
        }
    }

    private mutating func sort(_ change: Change, of transaction: Transaction) throws {
        let plans = try plans(for: Int(change.schema))
        let triggers = hasTriggers ? try triggers(for: Int(change.schema)) : []
        guard !plans.isEmpty || !triggers.isEmpty, let ticket else { return }
        let version = Version(epoch: epoch, commit: transaction.commit, window: windowNumber)
        let origin = WriteOrigin(
            version: version, position: Position(commit: transaction.commit, ordinal: change.ordinal),
            committedAt: transaction.committedAt, transaction: transaction.id, ticket: ticket)
        for plan in plans {
            if change.kind == .message, !plan.takes(batch.message(change)) { continue }
            ready.count(plan.number) { $0.received += 1 }
            switch change.kind {
            case .truncate: sortTruncate(plan, origin)
            case .message:
                let message = SourceRow(row: batch.message(change), slot: change.newSlot)
                emit(.append, message, nil, change, plan, origin, isCounted: true)
            case .insert, .update, .delete, .read: sortRow(change, plan, origin)
            }
        }
        for plan in triggers { sortTrigger(change, plan, origin) }
    }

    private mutating func sortTruncate(_ plan: MappingPlan, _ origin: WriteOrigin) {
        if let floor = floors[plan.number], origin.version < floor {
            return ready.count(plan.number) { $0.stale += 1 }
        }
        window.dropAll(of: plan.number, before: origin.position.ordinal)
        floors[plan.number] = origin.version
        ready.addTicket(origin.ticket) { $0.added += 1 }
        flushReady()
        queued.append(
            .truncate(mapping: plan.mapping, number: plan.number, origin: origin))
    }

    private mutating func sortRow(_ change: Change, _ plan: MappingPlan, _ origin: WriteOrigin) {
        let old = batch.oldRow(change).map { SourceRow(row: $0, slot: change.oldSlot) }
        guard change.hasNewRow else {
            guard let old else { return park(change, plan, origin, nil, "the source gave no key of the deleted row") }
            return emit(plan.mapping.isAppending ? .append : .delete, old, nil, change, plan, origin, isCounted: true)
        }
        var row = SourceRow(row: batch.newRow(change), slot: change.newSlot)
        if change.kind == .update, change.old == .full, let old, row.row.hasUnchangedCells {
            row = SourceRow(row: row.row.filled(from: old.row), slot: nil)
        }
        if change.kind == .update, old == nil, plan.needsRowBefore, !plan.mapping.isAppending {
            return park(change, plan, origin, row.row, Self.noRowBefore)
        }
        guard let old, !plan.mapping.isAppending else {
            let action: SinkWrite.Action = plan.mapping.isAppending ? .append : .upsert
            return emit(action, row, old, change, plan, origin, isCounted: true)
        }
        let hadPlace: Bool
        do {
            hadPlace = try takeOldKey(of: old.row, plan)
            key.removeAll(keepingCapacity: true)
            try plan.appendKey(of: row.row, to: &key)
        } catch {
            // A row that has no place any more leaves the one that it had.
            if (try? takeOldKey(of: old.row, plan)) == true {
                emit(.delete, old, nil, change, plan, origin, isCounted: false)
            }
            return park(change, plan, origin, row.row, "\(error)")
        }
        let isMoved = !hadPlace || oldKey != key
        if hadPlace, isMoved {
            if row.row.hasUnchangedCells,
                let filled = window.filled(row.row, fromRowUnder: oldKey.span, of: plan.number)
            {
                row = SourceRow(row: filled, slot: nil)
            }
            emit(.delete, old, nil, change, plan, origin, isCounted: false)
        }
        emit(.upsert, row, change.old == .full ? old : nil, change, plan, origin, isCounted: true, isFresh: isMoved)
    }

    /// Takes the sink key of a row as it was.
    ///
    /// - Returns: false for a row that had none, because a column of the key was null: it was never written.
    private mutating func takeOldKey(of old: Row, _ plan: MappingPlan) throws(KeyError) -> Bool {
        oldKey.removeAll(keepingCapacity: true)
        do {
            try plan.appendKey(of: old, to: &oldKey)
            return true
        } catch KeyError.missing {
            return false
        }
    }

    private mutating func emit(
        _ action: SinkWrite.Action, _ source: SourceRow, _ old: SourceRow?, _ change: Change, _ plan: MappingPlan,
        _ origin: WriteOrigin, isCounted: Bool, isFresh: Bool = false
    ) {
        if let floor = floors[plan.number], origin.version < floor {
            ready.count(plan.number) { $0.stale += isCounted ? 1 : 0 }
            return
        }
        key.removeAll(keepingCapacity: true)
        do {
            try plan.appendKey(of: source.row, to: &key)
        } catch {
            return park(change, plan, origin, source.row, "\(error)")
        }
        if isFolding, action != .append {
            let bytes = key
            window.add(
                source, old: plan.hasFilter ? old : nil, action: action, kind: change.kind, plan: plan,
                origin: origin, isCounted: isCounted, isFresh: isFresh, key: bytes.span)
        } else {
            ready.append(
                PendingWrite(
                    write: SinkWrite(
                        mapping: plan.mapping, action: action, row: source.row, version: origin.version,
                        position: origin.position, kind: change.kind, committedAt: origin.committedAt,
                        transaction: origin.transaction, oldRow: old?.row),
                    plan: plan, ticket: origin.ticket, changes: isCounted ? 1 : 0, keyHash: Hash64.of(key.span),
                    isReread: origin.isReread))
        }
    }

    private mutating func park(
        _ change: Change, _ plan: MappingPlan, _ origin: WriteOrigin, _ row: Row?, _ reason: String
    ) {
        ready.park(
            UnkeyedChange(
                plan: plan, row: row ?? batch.oldRow(change), kind: change.kind, origin: origin, reason: reason))
    }

    private mutating func plans(for schema: Int) throws -> [MappingPlan] {
        if let plans = plansBySchema[schema] { return plans }
        let table = batch.schemas[schema]
        let isNew = !router.isKnown(table)
        let generation = router.generation
        let plans = try router.plans(for: table, isCurrent: batch.origin == .stream)
        if router.generation != generation {
            // Other tables' mappings have been compiled again.
            plansBySchema = Array(repeating: nil, count: plansBySchema.count)
            triggersBySchema = plansBySchema
        }
        plansBySchema[schema] = plans
        if isNew, !plans.isEmpty { prepare(plans) }
        return plans
    }

    private mutating func prepare(_ plans: [MappingPlan]) {
        flushReady()
        queued.append(.prepare(plans.map(\.mapping)))
    }
}

// MARK: - Changes that concern rows of other tables

extension SinkSorter {
    private mutating func triggers(for schema: Int) throws -> [MappingPlan] {
        if let triggers = triggersBySchema[schema] { return triggers }
        let fresh = try router.compileReaders(of: batch.schemas[schema])
        if !fresh.isEmpty { prepare(fresh) }
        let triggers = try router.triggers(for: batch.schemas[schema])
        triggersBySchema[schema] = triggers
        return triggers
    }

    /// The trigger with the mapping as it is compiled at the end of the window: a write of the same version may be of a newer
    /// shape of the row.
    private mutating func refreshed(_ trigger: PendingWrite) throws -> PendingWrite {
        var trigger = trigger
        let newest = try router.triggers(for: trigger.write.row.schema)
        trigger.plan = newest.first { $0.number == trigger.plan.number } ?? trigger.plan
        return trigger
    }

    /// Adds to the window whose dependents a change concerns: of many changes of one key there is one in the end.
    private mutating func sortTrigger(_ change: Change, _ plan: MappingPlan, _ origin: WriteOrigin) {
        guard let trigger = plan.trigger else { return }
        // What a truncate of the dependents left behind is newer.
        if let floor = floors[trigger.plan.number], origin.version < floor { return }
        for source in trigger.concerned(by: change, in: batch) { emit(source, plan, trigger, origin) }
    }

    /// The action keeps rows apart from those that are filled: of the one before nothing is needed.
    private mutating func emit(
        _ source: SourceRow, _ plan: MappingPlan, _ trigger: JoinTrigger, _ origin: WriteOrigin
    ) {
        key.removeAll(keepingCapacity: true)
        guard trigger.appendKey(of: source.row, to: &key) else { return }
        if isFolding {
            let bytes = key
            window.add(
                source, old: nil, action: .delete, kind: .update, plan: plan, origin: origin, isCounted: false,
                isFresh: true, key: bytes.span)
        } else {
            ready.append(
                PendingWrite(
                    write: SinkWrite(
                        mapping: plan.mapping, action: .delete, row: source.row, version: origin.version,
                        position: origin.position, kind: .update, committedAt: origin.committedAt,
                        transaction: origin.transaction),
                    plan: plan, ticket: origin.ticket, changes: 0, keyHash: Hash64.of(key.span)))
        }
    }
}

// MARK: - Snapshots

extension SinkSorter {
    private mutating func sortSnapshot(_ snapshot: SnapshotOrigin) throws {
        let id = ChunkID(run: snapshot.run, chunk: snapshot.chunk)
        let ticket = chunkTickets[id] ?? openChunk(id)
        let version = Version(epoch: epoch, commit: snapshot.commit, window: 0)
        if snapshot.isAudit { return try sortAudit(snapshot, ticket, version) }
        let wasFolding = isFolding
        isFolding = false
        defer { isFolding = wasFolding }
        var schema: UInt32?
        var takers: [MappingPlan] = []
        for change in batch.changes {
            if change.schema != schema {
                schema = change.schema
                takers = try plans(for: Int(change.schema)).filter(\.mapping.takesSnapshot)
            }
            let origin = WriteOrigin(
                version: version, position: Position(commit: snapshot.commit, ordinal: change.ordinal), committedAt: 0,
                transaction: 0, ticket: ticket, isReread: snapshot.isReread)
            for plan in takers {
                ready.count(plan.number) { $0.received += 1 }
                sortRow(change, plan, origin)
            }
        }
        if snapshot.superseded > 0 {
            let left = UInt64(snapshot.superseded)
            for number in router.loadedRoutes(of: snapshot.table) {
                ready.count(number) {
                    $0.received += left
                    $0.superseded += left
                }
            }
        }
        closeChunkIfWhole(snapshot, ticket)
    }

    /// Rows that are compared in their lanes, behind every change of theirs that came before. The ledger does not count
    /// them. A row without a sink key has no place in the sink, and nothing to compare.
    private mutating func sortAudit(_ snapshot: SnapshotOrigin, _ ticket: Ticket, _ version: Version) throws {
        for change in batch.changes {
            for plan in try plans(for: Int(change.schema)) where plan.mapping.takesSnapshot {
                guard let row = change.hasNewRow ? batch.newRow(change) : batch.oldRow(change) else { continue }
                key.removeAll(keepingCapacity: true)
                do { try plan.appendKey(of: row, to: &key) } catch { continue }
                ready.append(
                    PendingWrite(
                        write: SinkWrite(
                            mapping: plan.mapping, action: change.hasNewRow ? .upsert : .delete, row: row,
                            version: version, position: Position(commit: snapshot.commit, ordinal: change.ordinal),
                            kind: .read, committedAt: 0, transaction: 0),
                        plan: plan, ticket: ticket, changes: 0, keyHash: Hash64.of(key.span), auditRun: snapshot.run))
            }
        }
        closeChunkIfWhole(snapshot, ticket)
    }

    private mutating func closeChunkIfWhole(_ snapshot: SnapshotOrigin, _ ticket: Ticket) {
        guard snapshot.isLastOfChunk else { return }
        chunkTickets[ChunkID(run: snapshot.run, chunk: snapshot.chunk)] = nil
        ready.addTicket(ticket) { $0.closesChunk = true }
    }

    private mutating func openChunk(_ id: ChunkID) -> Ticket {
        let ticket = Ticket.chunk(nextChunk)
        nextChunk += 1
        chunkTickets[id] = ticket
        ready.tickets.append(TicketEntry(ticket: ticket, opensChunk: id))
        return ticket
    }
}

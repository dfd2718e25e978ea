internal import Change
internal import Connector

/// The changes of transactions, in commit order.
extension SinkSorter {
    mutating func sortTransaction(_ transaction: Transaction) throws {
        guard transaction.commit > appliedThrough else { return finish(transaction) }
        if ticket == nil {
            openCommit = transaction.commit
            nextOrdinal = 0
            ticket = .transaction(nextTransaction)
            nextTransaction += 1
            windowNumber = 0
            isFolding = !(transaction.isComplete && transaction.changes.count <= 1)
            ready.tickets.append(TicketEntry(ticket: .transaction(nextTransaction - 1), opens: transaction.commit))
        } else if transaction.commit != openCommit {
            // A feed that begins with the open transaction may have said before how far its server had read.
            precondition(
                transaction.commit < openCommit && transaction.changes.isEmpty,
                "a transaction ends before the next begins")
            return finish(transaction)
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
    mutating func handOnWindow() throws {
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
}

internal import Change
internal import Connector
internal import Wire

/// What a change makes of a row: a write under its sink key, or two where it moves to another.
extension SinkSorter {
    /// A source that says that it gives rows as they were, and does not.
    private static let noRowBefore =
        "the source did not give the row as it was, so that nobody knows where it stood before: see `millrace check`, "
        + "then read the table again with `millrace snapshot --find-deletes`"

    mutating func sortRow(_ change: Change, _ plan: MappingPlan, _ origin: WriteOrigin) {
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

    mutating func emit(
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
}

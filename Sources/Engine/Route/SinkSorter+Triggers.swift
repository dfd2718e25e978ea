internal import Change
internal import Connector
internal import Wire

/// Changes that concern rows of other tables.
extension SinkSorter {
    mutating func triggers(for schema: Int) throws -> [MappingPlan] {
        if let triggers = triggersBySchema[schema] { return triggers }
        let fresh = try router.compileReaders(of: batch.schemas[schema])
        if !fresh.isEmpty { prepare(fresh) }
        let triggers = try router.triggers(for: batch.schemas[schema])
        triggersBySchema[schema] = triggers
        return triggers
    }

    /// The trigger with the mapping as it is compiled at the end of the window: a write of the same version may be of a newer
    /// shape of the row.
    mutating func refreshed(_ trigger: PendingWrite) throws -> PendingWrite {
        var trigger = trigger
        let newest = try router.triggers(for: trigger.write.row.schema)
        trigger.plan = newest.first { $0.number == trigger.plan.number } ?? trigger.plan
        return trigger
    }

    /// Adds to the window whose dependents a change concerns: of many changes of one key there is one in the end.
    mutating func sortTrigger(_ change: Change, _ plan: MappingPlan, _ origin: WriteOrigin) {
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

internal import Change
internal import Connector
internal import Transforms

/// Decides what a whole row becomes: a write, a delete because it no longer passes `where`, or nothing.
enum Shaper {
    enum Shape {
        case write
        case settle(Outcome)
        case park(reason: String)
    }

    static func shape(_ pending: inout PendingWrite) -> Shape {
        guard !pending.isDropped else { return .settle(.superseded) }
        let plan = pending.plan
        guard pending.write.action != .delete else {
            if plan.hasComputedKey { return extend(&pending) }
            return .write
        }
        if plan.transform.hasFilter {
            do {
                if try !plan.transform.passes(pending.write.row) {
                    guard try leavesTheSink(pending) else { return .settle(.filtered) }
                    pending.write = pending.write.with(row: pending.write.row, action: .delete)
                }
            } catch {
                return .park(reason: "\(error)")
            }
        }
        return plan.transform.isIdentity ? .write : extend(&pending)
    }

    private static func extend(_ pending: inout PendingWrite) -> Shape {
        do {
            pending.write = pending.write.with(row: try pending.plan.transform.extended(pending.write.row))
            return .write
        } catch {
            return .park(reason: "\(error)")
        }
    }

    /// Whether a row that does not pass may be in the sink from before.
    private static func leavesTheSink(_ pending: PendingWrite) throws -> Bool {
        switch pending.write.kind {
        case _ where pending.write.action == .append: false
        // A whole table's rows are swept where the sink may have others; a row that was asked for is looked at alone.
        case .read: pending.isReread
        // Another table's change may have written it since, or let it pass before.
        case _ where pending.plan.filterReadsLookups: true
        // What another table does not decide, the row's own changes do.
        case _ where pending.isDependent: false
        case _ where pending.isFolded: true
        case .insert: false
        default:
            // Where the source gives the whole old row, it tells whether the sink has it.
            if let old = pending.write.oldRow { try pending.plan.transform.passes(old) } else { true }
        }
    }
}

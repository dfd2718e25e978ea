internal import Change
internal import Connector

/// A write on its way through the engine, with what the engine has to know of it.
struct PendingWrite {
    var write: SinkWrite
    var plan: MappingPlan
    /// What to settle when the write is done.
    var ticket: Ticket
    /// How many changes the ledger counts when the write settles: one, or none for the delete half of a key change.
    var changes: Int
    /// Hash of the sink key: it chooses the lane.
    var keyHash: UInt64
    /// Whether earlier changes of the window folded into this write.
    var isFolded = false
    /// Whether the write is pointless: a truncate follows it in its window, or its row is gone at the source.
    var isDropped = false
    /// Whether the row was read again because a row of another table changed.
    var isDependent = false
    /// Whether the row was asked for by its key.
    var isReread = false
    /// What the write holds of the sink's byte limit while it is under way.
    var cost = 0
    /// The run of an audit that the row is compared for, and not written; zero for none.
    var auditRun = 0

    /// The mapping's number within its sink; also its line in the ledger.
    var mapping: Int { plan.number }
}

/// A change without a sink key: it cannot be written and parks.
struct UnkeyedChange {
    var plan: MappingPlan
    var row: Row?
    var kind: ChangeKind
    var origin: WriteOrigin
    var reason: String
}

/// Where a write comes from.
struct WriteOrigin {
    var version: Version
    var position: Position
    var committedAt: Int64
    var transaction: UInt64
    var ticket: Ticket
    /// Whether the row was asked for by its key.
    var isReread = false
}

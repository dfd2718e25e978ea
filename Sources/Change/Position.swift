/// Where a change stands in its source: the commit it belongs to, and its place among that transaction's changes.
///
/// Positions of one source are totally ordered and are the only order that matters: a single change's own place in the
/// log is never compared, because several changes can share it.
public struct Position: Hashable, Comparable, Sendable {
    /// The commit's place in the source's log, in the source's own unit, at most 50 bits.
    ///
    /// PostgreSQL: the commit record's LSN divided by eight (WAL records are 8-byte aligned).
    public var commit: UInt64
    /// The change's number within its transaction as received, from zero.
    public var ordinal: UInt64

    public init(commit: UInt64, ordinal: UInt64 = 0) {
        self.commit = commit
        self.ordinal = ordinal
    }

    public static func < (left: Position, right: Position) -> Bool {
        (left.commit, left.ordinal) < (right.commit, right.ordinal)
    }

    /// The window of the transaction that the change folds in.
    public var window: UInt8 { Window.containing(ordinal: ordinal) }
}

/// Windows cut a transaction into runs of changes that fold together.
public enum Window {
    /// How many consecutive changes one window holds.
    public static let length: UInt64 = 65_536
    /// The last window of a transaction; it holds every further change, however many.
    public static let last: UInt8 = 255

    /// The window of the change with this ordinal. It depends on nothing else, so a replay cuts at the same places.
    @inlinable
    public static func containing(ordinal: UInt64) -> UInt8 {
        UInt8(min(ordinal / length, UInt64(last)))
    }
}

internal import Change
internal import Connector

/// The last state of one sink key in a window.
///
/// Small on purpose: what is the same for the whole window stands once in its ``WriteOrigin``, and rows are named by
/// their place, so that the fold knows which buffers it keeps alive.
struct FoldEntry {
    var row: RowPlace
    /// The whole row before, where a filter has to look at it.
    var old: RowPlace?
    /// The last change's number within its transaction.
    var ordinal: UInt64
    /// Hash of the sink key.
    var keyHash: UInt64
    /// Number of the row's ``RowShape``.
    var shape: UInt32
    var action: SinkWrite.Action
    var kind: ChangeKind
    /// Whether the ledger counts a change when the write settles: not for the delete half of a key change.
    var isCounted: Bool
    /// Whether the row began after whatever stood under the key before: unchanged cells are not to be had from there.
    var isFresh: Bool
    /// Whether earlier changes of the window folded into this one.
    var isFolded = false
    /// Whether a truncate follows in the window.
    var isDropped = false
}

/// Where a row stands: a buffer of the fold, and the first of the row's slots in it.
struct RowPlace {
    var buffer: UInt32
    var slot: UInt32
}

/// A row that a change brought.
struct SourceRow {
    var row: Row
    /// Where the row's slots begin in the current batch; nil for a row that was made from several.
    var slot: UInt32?
}

/// What a row was compiled and shaped by.
struct RowShape {
    var plan: MappingPlan
    var schema: TableSchema
}

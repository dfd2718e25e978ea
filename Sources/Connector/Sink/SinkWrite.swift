public import Change

/// One write of one sink key.
///
/// An object, because a write passes through several queues and threads: handing it on costs one reference, not one for
/// each buffer that it names.
public final class SinkWrite: Sendable {
    public enum Action: UInt8, Sendable {
        /// Write the row whole. Every cell that the mapping needs is a value or null.
        case upsert
        /// Delete the key. The row holds at least the columns that the key is made of.
        case delete
        /// Append the change, a delete too: for mappings whose ``RowMapping/isAppending`` is true. Of a delete the row
        /// is the old one. Rows of a snapshot come only where ``RowMapping/takesSnapshot`` is true.
        case append
    }

    public let mapping: any RowMapping
    public let action: Action
    /// The row in the shape of ``MappingRequest/schema``.
    public let row: Row
    public let version: Version
    public let position: Position
    /// The kind of the change that the write comes from; of the last one where several folded.
    public let kind: ChangeKind
    /// When the source committed it, in microseconds since 1970.
    public let committedAt: Int64
    /// The source's own number of the transaction; zero where there is none.
    public let transaction: UInt64
    /// The row before, where the source gave one and the action is `append`.
    public let oldRow: Row?

    public init(
        mapping: any RowMapping, action: Action, row: Row, version: Version, position: Position, kind: ChangeKind,
        committedAt: Int64, transaction: UInt64, oldRow: Row? = nil
    ) {
        self.mapping = mapping
        self.action = action
        self.row = row
        self.version = version
        self.position = position
        self.kind = kind
        self.committedAt = committedAt
        self.transaction = transaction
        self.oldRow = oldRow
    }

    /// The same write with another row, and another action where one is given.
    public func with(row: Row, action: Action? = nil) -> SinkWrite {
        with(row: row, oldRow: oldRow, action: action ?? self.action)
    }

    /// The same write with other rows.
    public func with(row: Row, oldRow: Row?) -> SinkWrite { with(row: row, oldRow: oldRow, action: action) }

    private func with(row: Row, oldRow: Row?, action: Action) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: action, row: row, version: version, position: position, kind: kind,
            committedAt: committedAt, transaction: transaction, oldRow: oldRow)
    }
}

/// What became of one write. Reasons are for people and never hold a value of the row.
public enum ItemResult: Sendable {
    case applied
    /// The target has a newer version; a success.
    case stale
    /// The target could not take it now: send it again after a back-off, for ever.
    case retry(reason: String)
    /// The batch was too large: send it again in halves; a single write that is too large parks.
    case split(reason: String)
    /// The target will never take this row: set it aside.
    case park(reason: String)
    /// The target will take no row of this mapping, or none at all, until somebody mends something.
    case stop(MillraceError)
}

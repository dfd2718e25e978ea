/// What happened to a row or a table.
public enum ChangeKind: UInt8, Sendable {
    case insert
    case update
    case delete
    /// A row as a snapshot found it.
    case read
    case truncate
    /// A logical message written into the source's log.
    case message
}

/// What a change knows of the row as it was.
public enum OldRow: UInt8, Sendable {
    case absent
    /// Only the identity's columns; every other cell is unchanged.
    case key
    /// The whole row, as REPLICA IDENTITY FULL gives it.
    case full
}

/// One change, as a record into its batch.
public struct Change: Sendable {
    public var kind: ChangeKind
    public var old: OldRow
    /// Index into ``ChangeBatch/schemas``.
    public var schema: UInt32
    /// The change's number within its transaction as received, from zero.
    public var ordinal: UInt64
    /// First slot of the new row, or of a message's prefix and content; meaningless for deletes and truncates.
    public var newSlot: UInt32
    /// First slot of the old row; meaningless where ``old`` is absent.
    public var oldSlot: UInt32

    public init(
        kind: ChangeKind, old: OldRow = .absent, schema: UInt32, ordinal: UInt64, newSlot: UInt32 = 0,
        oldSlot: UInt32 = 0
    ) {
        self.kind = kind
        self.old = old
        self.schema = schema
        self.ordinal = ordinal
        self.newSlot = newSlot
        self.oldSlot = oldSlot
    }

    public var hasNewRow: Bool {
        switch kind {
        case .insert, .update, .read: true
        case .delete, .truncate, .message: false
        }
    }
}

/// A run of consecutive changes: the unit in which changes travel.
///
/// All rows share one buffer and one offset table. A batch may begin or end within a transaction; it never skips
/// anything between its first change and its last.
public struct ChangeBatch: Sendable {
    public var schemas: [TableSchema]
    public var transactions: [Transaction]
    public var changes: [Change]
    public var bytes: [UInt8]
    public var slots: [CellSlot]
    /// Where the batch comes from.
    public var origin: Origin

    public enum Origin: Sendable, Equatable {
        case stream
        /// Rows of a snapshot's chunk: they all have one version.
        case snapshot(SnapshotOrigin)
    }

    public init(origin: Origin = .stream) {
        schemas = []
        transactions = []
        changes = []
        bytes = []
        slots = []
        self.origin = origin
    }

    /// The new row of a change.
    ///
    /// - Precondition: the change has one.
    public func newRow(_ change: Change) -> Row {
        precondition(change.hasNewRow, "only inserts, updates and reads have a new row")
        return Row(
            schema: schemas[Int(change.schema)], bytes: bytes, slots: slots, firstSlot: Int(change.newSlot))
    }

    /// The old row of a change, or nil where the source gave none.
    public func oldRow(_ change: Change) -> Row? {
        guard change.old != .absent else { return nil }
        return Row(schema: schemas[Int(change.schema)], bytes: bytes, slots: slots, firstSlot: Int(change.oldSlot))
    }

    /// How many bytes of memory the batch holds, nearly.
    public var byteCount: Int {
        bytes.count + slots.count * MemoryLayout<CellSlot>.stride + changes.count * MemoryLayout<Change>.stride
            + transactions.count * MemoryLayout<Transaction>.stride
    }
}

/// Which part of which snapshot rows belong to.
public struct SnapshotOrigin: Sendable, Equatable {
    /// The run's number, as the engine gave it.
    public var run: Int
    public var table: TableName
    /// What the rows' version is made of: the run's commit position P, or the chunk's own, which is not before it.
    public var commit: UInt64
    /// The chunk's number within the run.
    public var chunk: Int
    /// Whether nothing of the chunk follows.
    public var isLastOfChunk: Bool
    /// How many rows of the chunk were left out of this batch because the stream had overtaken them.
    public var superseded: Int
    /// Whether the rows are to be compared, and not written.
    public var isAudit: Bool
    /// Whether the rows were asked for one by one: what a sink has of a row that it is not to have is then deleted.
    public var isReread = false
    /// Of rows that were left out of an audit: the values of their primary keys.
    public var overtaken: [[String]] = []

    public init(
        run: Int, table: TableName, commit: UInt64, chunk: Int, isLastOfChunk: Bool, superseded: Int,
        isAudit: Bool = false
    ) {
        self.run = run
        self.table = table
        self.commit = commit
        self.chunk = chunk
        self.isLastOfChunk = isLastOfChunk
        self.superseded = superseded
        self.isAudit = isAudit
    }
}

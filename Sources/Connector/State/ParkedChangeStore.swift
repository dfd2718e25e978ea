public import Change

/// The changes that were set aside, as people and replays read them. Every method that writes returns after the bytes
/// are durable.
public protocol ParkedChangeStore: Sendable {
    /// The parked changes that match, oldest first.
    func parkedChanges(_ selection: ParkedSelection) throws -> [ParkedRecord]

    /// How many parked changes match, whatever the selection's limit.
    func parkedCount(_ selection: ParkedSelection) throws -> Int

    /// Notes that these were applied from a fresh read of their rows. Numbers that are not there are passed over.
    func markReplayed(_ numbers: Set<Int64>, at time: Int64) throws

    /// Forgets parked changes for good, their rows included, and says how many there were.
    func discardParked(_ selection: ParkedSelection) throws -> Int
}

/// A parked change as the store keeps it.
public struct ParkedRecord: Sendable {
    /// Numbers rise in the order of parking and are never given twice.
    public var number: Int64
    public var change: ParkedChange
    /// When it was replayed, in microseconds since 1970; nil while it waits.
    public var replayedAt: Int64?

    public init(number: Int64, change: ParkedChange, replayedAt: Int64? = nil) {
        self.number = number
        self.change = change
        self.replayedAt = replayedAt
    }
}

/// Which parked changes: those that pass every part which is given.
public struct ParkedSelection: Sendable {
    public var numbers: Set<Int64>?
    public var sink: String?
    public var table: TableName?
    public var includesReplayed: Bool
    /// At most so many, after the change with the number ``after``.
    public var limit: Int?
    public var after: Int64

    public init(
        numbers: Set<Int64>? = nil, sink: String? = nil, table: TableName? = nil, includesReplayed: Bool = false,
        limit: Int? = nil, after: Int64 = 0
    ) {
        self.numbers = numbers
        self.sink = sink
        self.table = table
        self.includesReplayed = includesReplayed
        self.limit = limit
        self.after = after
    }

    /// Every parked change that waits.
    public static let waiting = Self()
}

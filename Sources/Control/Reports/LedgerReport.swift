internal import Change
public import Engine

/// What became of the changes of one table in one mapping.
public struct LedgerReport: Codable, Sendable, Equatable {
    public var table: String
    public var mapping: String
    public var received: UInt64
    public var applied: UInt64
    public var stale: UInt64
    public var filtered: UInt64
    public var folded: UInt64
    public var superseded: UInt64
    public var parked: UInt64

    static let zero = Self(LedgerLine(table: .init(namespace: "", name: ""), mapping: "", counts: LedgerCounts()))

    /// - Parameter line: the line to report.
    public init(_ line: LedgerLine) {
        table = line.table.description
        mapping = line.mapping
        received = line.counts.received
        applied = line.counts.applied
        stale = line.counts.stale
        filtered = line.counts.filtered
        folded = line.counts.folded
        superseded = line.counts.superseded
        parked = line.counts.parked
    }

    /// What became of changes, by name, in the order in which it is told.
    public var outcomes: [(name: String, count: UInt64)] {
        [
            ("applied", applied), ("stale", stale), ("filtered", filtered), ("folded", folded),
            ("superseded", superseded), ("parked", parked),
        ]
    }

    /// How many changes have no outcome yet.
    public var pending: UInt64 {
        let settled = outcomes.reduce(0) { $0 + $1.count }
        return received > settled ? received - settled : 0
    }

    mutating func add(_ other: Self) {
        received += other.received
        applied += other.applied
        stale += other.stale
        filtered += other.filtered
        folded += other.folded
        superseded += other.superseded
        parked += other.parked
    }
}

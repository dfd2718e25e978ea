/// Changes by what became of them: `received` is the sum of the others once nothing is pending.
public struct LedgerCounts: Sendable, Equatable, Codable {
    public var received: UInt64 = 0
    public var applied: UInt64 = 0
    public var stale: UInt64 = 0
    public var filtered: UInt64 = 0
    public var folded: UInt64 = 0
    public var superseded: UInt64 = 0
    public var parked: UInt64 = 0

    public init() {}

    /// How many changes have an outcome.
    public var settled: UInt64 { applied + stale + filtered + folded + superseded + parked }

    /// How many changes are still on their way.
    public var pending: UInt64 { received - settled }

    public mutating func add(_ other: LedgerCounts) {
        received += other.received
        applied += other.applied
        stale += other.stale
        filtered += other.filtered
        folded += other.folded
        superseded += other.superseded
        parked += other.parked
    }
}

internal import Connector
internal import MongoClient

/// Cluster times as commit positions: 31 bits of seconds since 2020 and 19 bits of the counter, in the same order.
enum MongoPosition {
    /// 2020-01-01 in seconds since 1970.
    private static let beginning: UInt32 = 1_577_836_800
    private static let incrementBits: UInt64 = 19
    private static let incrementMax: UInt32 = 1 << 19 - 1

    /// - Throws: for a time before 2020 or after 2087, and beyond 524,287 changes in one second of the oplog's clock.
    static func commit(_ time: MongoTimestamp) throws -> UInt64 {
        guard time.seconds >= beginning, time.seconds - beginning < 1 << 31 else {
            throw MillraceError(.malformedSource, "the replica set's clock stands outside the years 2020 to 2087")
        }
        guard time.increment <= incrementMax else {
            throw MillraceError(
                .malformedSource,
                "the replica set made more than \(incrementMax) changes in one second of its own clock, as it does "
                    + "where the clock was put back: set the clock right and restart the pipeline after that time")
        }
        return UInt64(time.seconds - beginning) << incrementBits | UInt64(time.increment)
    }

    private static let markBits: UInt64 = 13

    /// What is kept beside a commit position: the position itself, so that ends compare as positions do, and below it the
    /// mark of the event that it stands at, zero where it stands between events.
    static func end(_ commit: UInt64, mark: UInt64 = 0) -> UInt64 { commit << markBits | mark }

    /// The mark within an end.
    static func mark(of end: UInt64) -> UInt64 { end & (1 << markBits - 1) }

    /// A hash in the room of a mark; never zero.
    static func mark(hash: UInt64) -> UInt64 { max(1, mark(of: hash)) }

    static func time(of commit: UInt64) -> MongoTimestamp {
        MongoTimestamp(
            seconds: beginning + UInt32(truncatingIfNeeded: commit >> incrementBits),
            increment: UInt32(truncatingIfNeeded: commit) & incrementMax)
    }
}

/// What the sorter wants of a spill; performed one at a time, in order.
enum SpillOrder: Sendable {
    /// Append a run to its level.
    case write(SpillBatch)
    /// Read the next part of a partition.
    case read(SpillRead)
    /// Forget everything that was written to a level.
    case discard(level: Int)
}

/// Which part of a spill to read.
struct SpillRead: Sendable, Equatable {
    var level: Int
    var partition: Int
    /// Where to go on.
    var place: SpillPlace
    /// How many bytes to read at the most; a single record larger than that comes alone.
    var bytesMax: Int
}

/// A place within one partition of one level.
struct SpillPlace: Sendable, Equatable {
    /// Where the run begins in the file.
    var run: UInt64
    /// How much of the run's part of the partition was read.
    var offset: UInt64

    static let start = SpillPlace(run: 0, offset: 0)
}

/// Whole records of one partition, in the order in which they were written.
struct SpillPart: Sendable {
    var bytes: [UInt8]
    /// Where to go on; nil at the partition's end.
    var next: SpillPlace?
}

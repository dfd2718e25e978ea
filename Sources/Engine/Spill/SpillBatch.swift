internal import Wire

/// Folded entries that leave memory together: one run of a spill.
///
/// Within a run each sink key stands once, so the order of its records is of no importance; the runs of a level are
/// read in the order in which they were written.
struct SpillBatch: Sendable {
    /// The spill's depth: how often the keys were divided before.
    let level: Int
    let entries: [FoldEntry]
    /// The numbers of the entries to write, one partition after the other.
    let order: [UInt32]
    /// How many entries each partition has.
    let counts: [Int]
    let table: KeyTable
    let shapes: RowShapes
    let buffers: RowBuffers

    /// - Parameter fold: what is spilled; entries that were dropped are left out.
    init(_ fold: borrowing WindowFold, level: Int) {
        var counts = [Int](repeating: 0, count: SpillPartitions.count)
        for entry in fold.entries where !entry.isDropped {
            counts[SpillPartitions.partition(of: entry.keyHash, level: level)] += 1
        }
        var next: [Int] = []
        var total = 0
        for count in counts {
            next.append(total)
            total += count
        }
        var order = [UInt32](repeating: 0, count: total)
        for (number, entry) in fold.entries.enumerated() where !entry.isDropped {
            let partition = SpillPartitions.partition(of: entry.keyHash, level: level)
            order[next[partition]] = UInt32(number)
            next[partition] += 1
        }
        entries = fold.entries
        self.order = order
        self.level = level
        self.counts = counts
        table = fold.table
        shapes = fold.shapes
        buffers = fold.buffers
    }
}

/// How a spill divides sink keys: by six bits of their hash at each level, from the top.
enum SpillPartitions {
    static let count = 64
    /// Below the last level the hash has no bits left. Keys that are still together there have sixty bits in common,
    /// which does not happen by chance, and are folded in memory.
    static let levelsMax = 10

    static func partition(of hash: UInt64, level: Int) -> Int {
        Int(truncatingIfNeeded: hash >> UInt64(58 - 6 * level)) & (count - 1)
    }
}

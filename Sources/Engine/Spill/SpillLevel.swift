/// How one level of a spill stands: first it is written, then it is read partition by partition.
struct SpillLevel {
    enum Phase {
        case writing
        /// Being read; the place is nil where the partition is at its end.
        case reading(partition: Int, place: SpillPlace?)
    }

    private(set) var phase = Phase.writing
    /// How many records each partition has.
    private var counts = [Int](repeating: 0, count: SpillPartitions.count)

    /// Notes a run that was written.
    mutating func wrote(_ runCounts: [Int]) {
        for partition in counts.indices { counts[partition] += runCounts[partition] }
    }

    /// Begins to read.
    ///
    /// - Returns: whether there is anything to read.
    mutating func beginReading() -> Bool { goOn(from: 0) }

    /// Goes on to the next partition that has records; false when there is none.
    mutating func readNextPartition() -> Bool {
        guard case .reading(let partition, _) = phase else {
            preconditionFailure("a level is read after it is written")
        }
        return goOn(from: partition + 1)
    }

    /// Notes how far the partition was read.
    mutating func read(to place: SpillPlace?) {
        guard case .reading(let partition, _) = phase else {
            preconditionFailure("a level is read after it is written")
        }
        phase = .reading(partition: partition, place: place)
    }

    private mutating func goOn(from first: Int) -> Bool {
        guard let partition = counts[first...].firstIndex(where: { $0 > 0 }) else { return false }
        phase = .reading(partition: partition, place: .start)
        return true
    }
}

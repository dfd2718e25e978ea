internal import Connector
internal import MongoClient
internal import Synchronization

/// What the threads that read one run share: the plan, the chunks that are left, and the signal to stop.
final class DocumentRun: Sendable {
    let plan: SnapshotPlan
    let ranges: DocumentRanges
    let number: Int
    let purpose: SnapshotPurpose
    let source: MongoDBSource.Prepared
    private let left: Mutex<[Int]>
    private let stopped = Atomic(false)

    init(
        _ plan: SnapshotPlan, number: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose,
        source: MongoDBSource.Prepared
    ) throws {
        self.plan = plan
        self.number = number
        self.purpose = purpose
        self.source = source
        ranges = try DocumentRanges(text: plan.ranges)
        guard ranges.chunkCount == plan.chunkCount else {
            throw MillraceError(
                .stateForeign, "the snapshot's plan does not fit its own ranges", place: "\(plan.table)")
        }
        left = Mutex((0..<plan.chunkCount).reversed().filter { !finished.contains($0) })
    }

    /// The next chunk that nobody has begun.
    func nextChunk() -> Int? { left.withLock { $0.popLast() } }

    var chunksLeft: Int { left.withLock { $0.count } }

    var isStopped: Bool { stopped.load(ordering: .acquiring) }

    /// Stops every thread of the run.
    func stop() { stopped.store(true, ordering: .releasing) }
}

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
    let chunks: ChunkQueue
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
        chunks = try ChunkQueue(plan, count: ranges.chunkCount, skipping: finished)
    }

    var isStopped: Bool { stopped.load(ordering: .acquiring) }

    /// Stops every thread of the run.
    func stop() { stopped.store(true, ordering: .releasing) }
}

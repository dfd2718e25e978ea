internal import Connector
internal import PostgresClient
internal import Synchronization
internal import Threads

/// What the threads that read one run share: the plan, the chunks that are left, and the signal to stop.
final class SnapshotRun: Sendable {
    let plan: SnapshotPlan
    let ranges: SnapshotRanges
    let number: Int
    let purpose: SnapshotPurpose
    let identity: SourceIdentity
    let chunks: ChunkQueue
    /// By chunk, what its reading waits for.
    private let hindrances = Mutex<[Int: String]>([:])
    private let interrupts: Mutex<(isStopped: Bool, all: [ConnectionInterrupt])>

    init(
        _ plan: SnapshotPlan, number: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose,
        identity: SourceIdentity
    ) throws {
        self.plan = plan
        self.number = number
        self.purpose = purpose
        self.identity = identity
        ranges = try SnapshotRanges(text: plan.ranges)
        chunks = try ChunkQueue(plan, count: ranges.chunkCount, skipping: finished)
        interrupts = Mutex((false, []))
    }

    /// What the run waits for; nil while it waits for nothing.
    var hindrance: String? { hindrances.withLock { $0.min { $0.key < $1.key }?.value } }

    /// Takes note of what a chunk waits for, nil for nothing.
    func note(_ hindrance: String?, of chunk: Int) { hindrances.withLock { $0[chunk] = hindrance } }

    /// A stop signal for one more thread.
    func makeInterrupt() throws -> (wake: WakeDescriptor, interrupt: ConnectionInterrupt) {
        let wake = try WakeDescriptor()
        let interrupt = ConnectionInterrupt(wake: wake)
        interrupts.withLock { interrupts in
            interrupts.all.append(interrupt)
            if interrupts.isStopped { interrupt.raise() }
        }
        return (wake, interrupt)
    }

    /// Stops every thread of the run.
    func stop() {
        interrupts.withLock { interrupts in
            interrupts.isStopped = true
            for interrupt in interrupts.all { interrupt.raise() }
        }
    }
}

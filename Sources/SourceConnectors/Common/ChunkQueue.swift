internal import Connector
internal import Synchronization
internal import Threads

/// The chunks of a run that nobody has begun, and the threads that read them.
final class ChunkQueue: Sendable {
    private let left: Mutex<[Int]>

    /// - Parameter count: how many chunks the ranges of the plan make.
    /// - Throws: ``Connector/MillraceError`` with `stateForeign` where the plan says otherwise.
    init(_ plan: SnapshotPlan, count: Int, skipping finished: Set<Int>) throws {
        guard count == plan.chunkCount else {
            throw MillraceError(
                .stateForeign, "the snapshot's plan does not fit its own ranges", place: "\(plan.table)")
        }
        left = Mutex((0..<count).reversed().filter { !finished.contains($0) })
    }

    /// The next chunk that nobody has begun.
    func next() -> Int? { left.withLock { $0.popLast() } }

    /// Runs a body on a few threads, each of which reads chunks until none is left.
    ///
    /// - Parameter stop: has every thread end soon; called when one fails, and when the task is cancelled.
    /// - Throws: what the first body that failed threw.
    func read(
        inParallel threads: Int, stop: @escaping @Sendable () -> Void, _ body: @escaping @Sendable () throws -> Void
    ) async throws {
        let count = min(threads, left.withLock { $0.count })
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    group.addTask { try await DedicatedThread.run(name: "millrace-read-\(number)", body) }
                }
                do {
                    // Waiting for all of them at once would leave the others reading after the first failure.
                    while try await group.next() != nil {}
                } catch {
                    stop()
                    throw error
                }
            }
        } onCancel: {
            stop()
        }
    }
}

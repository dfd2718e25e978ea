internal import Change
internal import Synchronization
internal import Threads

/// The batches that wait for one sink, bounded in bytes: between what feeds the sink and its sorter.
///
/// The stream's changes fill it up to its limit. Beside them stand rows: a quarter of that, and those that were on their
/// way by then, no more than fit into the handover and one batch. They keep no change of the stream out.
final class Inbox: Sendable {
    private let handover: Handover<ChangeBatch>
    private let space = Mutex(Space())

    /// A signal that comes before anyone waits for it is kept.
    private struct Space {
        var isSignalled = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    init(byteLimit: Int) {
        handover = Handover(byteLimit: byteLimit)
        handover.whenSpaceAppears { [weak self] in self?.wake() }
    }

    var queuedBytes: Int { handover.queuedBytes }

    /// Whether rows that can wait should: the room that is left is for those on their way and for the stream's changes.
    var isFilling: Bool { handover.queuedBytes > handover.byteLimit / 4 }

    /// Queues rows of a snapshot, which wait at their source while there is no room: those that are on their way then are
    /// few, and are taken at once.
    func put(rows batch: ChangeBatch) { _ = handover.offer(batch, cost: batch.byteCount, isOnItsWay: true) }

    /// Queues a batch; waits while the inbox is full. For one task at a time.
    ///
    /// - Returns: whether the batch was queued; false when the task was cancelled first.
    func put(_ batch: ChangeBatch) async -> Bool {
        let cost = batch.byteCount
        while !handover.offer(batch, cost: cost) {
            if Task.isCancelled { return false }
            await waitForSpace()
        }
        return true
    }

    /// Queues a batch, waiting for room no longer than `patience`.
    func put(_ batch: ChangeBatch, patience: Duration, clock: any EngineClock) async -> Bool {
        if handover.offer(batch, cost: batch.byteCount) { return true }
        return await withTaskGroup(of: Bool?.self) { group in
            group.addTask { await self.put(batch) }
            group.addTask {
                try? await clock.sleep(for: patience)
                return nil
            }
            // When the time is over first, the put is cancelled; it may still have succeeded just before.
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            return await group.next().flatMap { $0 } ?? false
        }
    }

    func finish() {
        handover.finish()
        wake()
    }

    /// The next batch, nil after the end.
    func next() async throws -> ChangeBatch? { try await handover.next() }

    private func waitForSpace() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = space.withLock { space in
                    if !space.isSignalled { space.waiting = continuation }
                    defer { space.isSignalled = false }
                    return space.isSignalled
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    private func wake() {
        space.withLock { space in
            space.isSignalled = space.waiting == nil
            return space.waiting.take()
        }?.resume()
    }
}

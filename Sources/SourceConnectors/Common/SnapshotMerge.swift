internal import Change
internal import Dispatch
internal import Synchronization
internal import Threads

/// The way of snapshot rows from the threads that read them to the feed's thread, bounded in bytes for each run.
final class SnapshotMerge: Sendable {
    private struct State {
        var merge = MergeState()
        var wake: WakeDescriptor?
        /// Raised, one for each waiting reader, when something was taken.
        var waiting: [DispatchSemaphore] = []

        mutating func takeWaiting() -> [DispatchSemaphore] {
            defer { waiting = [] }
            return waiting
        }
    }

    private let state = Mutex(State())
    private let byteLimit: Int

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// Sets what wakes the feed's thread when rows are queued.
    func attach(_ wake: WakeDescriptor?) {
        state.withLock { $0.wake = wake }
    }

    // The feed's side.

    /// Whether rows may be handed over now.
    ///
    /// - Parameter headroom: asked for only where there are any rows.
    func hasBatches(in headroom: @autoclosure () -> Headroom) -> Bool {
        state.withLock { $0.merge.hasBatches(in: headroom()) }
    }
    /// Whether rows wait for the stream to come so far.
    var isHolding: Bool { state.withLock { $0.merge.isHolding } }

    func willDeliver(_ batch: ChangeBatch) {
        state.withLock { $0.merge.willDeliver(batch) }
    }

    func next(in headroom: Headroom) -> ChangeBatch? {
        let (batch, waiting) = state.withLock { state in (state.merge.next(in: headroom), state.takeWaiting()) }
        for reader in waiting { reader.signal() }
        return batch
    }

    // The readers' side.

    func beginRun() { state.withLock { $0.merge.beginRun() } }
    func endRun() { state.withLock { $0.merge.endRun() } }

    func open(table: UInt64, keyColumns: [String], commit: UInt64) -> (chunk: Int, mustSee: Set<UInt64>) {
        state.withLock { $0.merge.open(table: table, keyColumns: keyColumns, commit: commit) }
    }

    /// Holds a chunk until the stream was delivered through a commit: its rows are to be compared.
    func hold(_ chunk: Int, until commit: UInt64) {
        state.withLock { state in
            state.merge.hold(chunk, until: commit)
            state.wake?.signal()
        }
    }

    func close(_ chunk: Int) {
        let waiting = state.withLock { state in
            state.merge.close(chunk)
            return state.takeWaiting()
        }
        for reader in waiting { reader.signal() }
    }

    /// Forgets delivered transactions that every later snapshot sees as well.
    func prune(_ isSeen: (UInt64) -> Bool) {
        state.withLock { $0.merge.prune(isSeen) }
    }

    /// Whether a run is under way, so that its rows may come at any time.
    var hasRuns: Bool { state.withLock { $0.merge.hasRuns } }

    /// How many delivered transactions are remembered.
    var deliveredCount: Int { state.withLock { $0.merge.delivered.count } }

    /// Queues a batch of a run's chunk; waits while the run's part of the queue is full.
    ///
    /// - Returns: false when the chunk has to be read again.
    /// - Throws: `CancellationError` once `isStopped` says so; it is asked at least every 100 ms.
    @available(*, noasync)
    func put(_ batch: ChangeBatch, of chunk: Int, isStopped: () -> Bool) throws -> Bool {
        guard case .snapshot(let origin) = batch.origin else { return false }
        let cost = batch.byteCount
        return try wait(isStopped) { state in
            guard state.merge.isSound(chunk) else { return false }
            let queued = state.merge.queuedBytes(of: origin.run)
            guard queued == 0 || queued + cost <= self.byteLimit else { return nil }
            state.merge.append(batch, of: chunk)
            state.wake?.signal()
            return true
        }
    }

    /// Waits until at most half of the run's part of the queue is taken, so that a chunk that begins can be read in one go.
    @available(*, noasync)
    func waitForRoom(in run: Int, isStopped: () -> Bool) throws {
        _ = try wait(isStopped) { state in state.merge.queuedBytes(of: run) <= self.byteLimit / 2 ? true : nil }
    }

    /// Waits until the last batch of a chunk was handed over.
    ///
    /// - Returns: false when the chunk has to be read again.
    @available(*, noasync)
    func waitUntilFinished(_ chunk: Int, isStopped: () -> Bool) throws -> Bool {
        try wait(isStopped) { state in
            if state.merge.isFinished(chunk) { return true }
            return state.merge.isSound(chunk) ? nil : false
        }
    }

    /// Asks again, whenever something was taken, until there is an answer.
    private func wait(_ isStopped: () -> Bool, _ answer: (inout State) -> Bool?) throws -> Bool {
        let space = DispatchSemaphore(value: 0)
        while true {
            if isStopped() { throw CancellationError() }
            let result = state.withLock { state -> Bool? in
                if let result = answer(&state) { return result }
                if !state.waiting.contains(where: { $0 === space }) { state.waiting.append(space) }
                return nil
            }
            if let result { return result }
            _ = space.wait(timeout: .now() + .milliseconds(100))
        }
    }
}

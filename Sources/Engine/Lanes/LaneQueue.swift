internal import DequeModule
internal import Synchronization

/// The writes that wait for one lane, in order. Its size is bounded by the sink's ``FlowGate``.
final class LaneQueue: Sendable {
    private struct State {
        /// Runs of writes as they were handed on: most are taken as they are, without touching what they hold.
        var runs: Deque<[PendingWrite]> = []
        var isFinished = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Adds writes behind all others.
    func append(_ writes: [PendingWrite]) {
        guard !writes.isEmpty else { return }
        state.withLock { state in
            state.runs.append(writes)
            return state.waiting.take()
        }?.resume()
    }

    /// Says that nothing more comes.
    func finish() {
        state.withLock { state in
            state.isFinished = true
            return state.waiting.take()
        }?.resume()
    }

    /// Takes the next writes: everything that waits, up to the limits, but at least one. Nil when the lane is finished
    /// and empty.
    func take(countMax: Int, bytesMax: Int) async -> [PendingWrite]? {
        while true {
            if let taken = takeNow(countMax: countMax, bytesMax: bytesMax) { return taken.isEmpty ? nil : taken }
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.runs.isEmpty, !state.isFinished else { return false }
                    precondition(state.waiting == nil, "a lane has one consumer")
                    state.waiting = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        }
    }

    /// The next writes, an empty array when the lane is finished and empty, nil when it has to wait.
    private func takeNow(countMax: Int, bytesMax: Int) -> [PendingWrite]? {
        state.withLock { state in
            if state.runs.isEmpty { return state.isFinished ? [] : nil }
            var taken: [PendingWrite] = []
            var bytes = 0
            while let run = state.runs.first {
                var count = 0
                while count < run.count, taken.count + count < countMax {
                    bytes += run[count].cost
                    if taken.count + count > 0, bytes > bytesMax { break }
                    count += 1
                }
                if count < run.count {
                    taken += run[..<count]
                    state.runs[0] = Array(run[count...])
                    break
                }
                state.runs.removeFirst()
                taken = taken.isEmpty ? run : taken + run
            }
            return taken
        }
    }
}

internal import Synchronization

/// Wakes one waiting task; a signal that comes before the wait is kept, further ones before it are the same signal.
final class Signal: Sendable {
    private struct State {
        var isSet = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func set() {
        state.withLock { state in
            state.isSet = state.waiting == nil
            return state.waiting.take()
        }?.resume()
    }

    /// Waits for the signal and takes it; returns at once when the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.isSet {
                        state.isSet = false
                        return true
                    }
                    precondition(state.waiting == nil, "a signal has one waiter")
                    state.waiting = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            set()
        }
    }
}

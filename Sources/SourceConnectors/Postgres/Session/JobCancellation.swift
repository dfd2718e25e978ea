internal import PostgresClient
internal import Synchronization

/// Interrupts the session that runs one job, if the job's caller is cancelled.
final class JobCancellation: Sendable {
    private struct State {
        var isCancelled = false
        var interrupt: ConnectionInterrupt?
    }

    private let state = Mutex(State())

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.interrupt?.raise()
        }
    }

    func attach(_ interrupt: ConnectionInterrupt) {
        state.withLock { state in
            state.interrupt = interrupt
            if state.isCancelled { interrupt.raise() }
        }
    }

    func detach() {
        state.withLock { $0.interrupt = nil }
    }

    func throwIfCancelled() throws {
        if state.withLock({ $0.isCancelled }) { throw CancellationError() }
    }
}

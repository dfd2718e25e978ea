internal import Synchronization

/// Counts the bytes that one sink has taken and not settled, and holds the sorter back at the limit.
///
/// One entry larger than the limit passes when nothing else is inside.
final class FlowGate: Sendable {
    private struct State {
        var bytes = 0
        var writes = 0
        var waitingForRoom: CheckedContinuation<Void, any Error>?
        var waitingForNothing: CheckedContinuation<Void, any Error>?
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let byteLimit: Int

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    var pending: (bytes: Int, writes: Int) { state.withLock { ($0.bytes, $0.writes) } }

    /// Waits for room and takes it. For one task at a time.
    func enter(bytes: Int, writes: Int) async throws {
        try await wait { state in
            guard state.bytes == 0 || state.bytes + bytes <= self.byteLimit else { return false }
            state.bytes += bytes
            state.writes += writes
            return true
        } parkedIn: {
            $0.waitingForRoom = $1
        }
    }

    /// Gives room back.
    func leave(bytes: Int, writes: Int) {
        let woken = state.withLock { state in
            state.bytes -= bytes
            state.writes -= writes
            precondition(state.bytes >= 0 && state.writes >= 0, "what leaves has entered")
            let nothing = state.writes == 0 ? state.waitingForNothing.take() : nil
            return (state.waitingForRoom.take(), nothing)
        }
        woken.0?.resume()
        woken.1?.resume()
    }

    /// Waits until nothing is inside.
    func waitUntilEmpty() async throws {
        try await wait {
            $0.writes == 0
        } parkedIn: {
            $0.waitingForNothing = $1
        }
    }

    /// Makes every wait, now and later, end with the error.
    func fail(_ failure: any Error) {
        let woken = state.withLock { state in
            if state.failure == nil { state.failure = failure }
            return (state.waitingForRoom.take(), state.waitingForNothing.take())
        }
        woken.0?.resume(throwing: failure)
        woken.1?.resume(throwing: failure)
    }

    private func wait(
        until isDone: (inout State) -> Bool,
        parkedIn place: (inout State, CheckedContinuation<Void, any Error>) -> Void
    ) async throws {
        while true {
            let isThrough = try state.withLock { state in
                if let failure = state.failure { throw failure }
                return isDone(&state)
            }
            if isThrough { return }
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let outcome = state.withLock { state -> Result<Void, any Error>? in
                        if let failure = state.failure { return .failure(failure) }
                        // The state may have changed since it was looked at: look again instead of waiting for ever.
                        var probe = state
                        if isDone(&probe) { return .success(()) }
                        place(&state, continuation)
                        return nil
                    }
                    if let outcome { continuation.resume(with: outcome) }
                }
            } onCancel: {
                fail(CancellationError())
            }
        }
    }
}

internal import Synchronization

/// Lets many writers in at once, or one who must be alone.
///
/// Both come in turn: writers wait once somebody waits to be alone, and come in when one who was alone has left.
final class WriteGate: Sendable {
    private struct State {
        var writers = 0
        var isAlone = false
        var waitingWriters: [CheckedContinuation<Void, Never>] = []
        var waitingAlone: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs a body beside other writers.
    func writing<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        await enter()
        defer { leave() }
        return try await body()
    }

    /// Runs a body while nobody writes.
    func alone<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        await enterAlone()
        defer { leaveAlone() }
        return try await body()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.isAlone || !state.waitingAlone.isEmpty else {
                    state.writers += 1
                    return true
                }
                state.waitingWriters.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.writers -= 1
            guard state.writers == 0, !state.waitingAlone.isEmpty else { return nil }
            state.isAlone = true
            return state.waitingAlone.removeFirst()
        }
        next?.resume()
    }

    private func enterAlone() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.isAlone || state.writers > 0 else {
                    state.isAlone = true
                    return true
                }
                state.waitingAlone.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leaveAlone() {
        let next = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if state.waitingWriters.isEmpty, !state.waitingAlone.isEmpty { return [state.waitingAlone.removeFirst()] }
            state.isAlone = false
            defer { state.waitingWriters = [] }
            state.writers += state.waitingWriters.count
            return state.waitingWriters
        }
        for continuation in next { continuation.resume() }
    }
}

internal import Dispatch
internal import Synchronization

/// Jobs in order, and the thread's way to wait for them.
final class JobQueue: Sendable {
    typealias Job = @Sendable (inout HeldSession) -> Void

    private struct State {
        var jobs: [Job] = []
        var isStopped = false
        var isStarted = false
    }

    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)

    /// Returns whether the thread has to be started.
    func append(_ job: @escaping Job) -> Bool {
        defer { arrivals.signal() }
        return state.withLock { state in
            state.jobs.append(job)
            defer { state.isStarted = true }
            return !state.isStarted
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        arrivals.signal()
    }

    func work() {
        var held = HeldSession()
        while true {
            arrivals.wait()
            let (job, isStopped) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isStopped)
            }
            if let job {
                job(&held)
            } else if isStopped {
                return
            }
        }
    }
}

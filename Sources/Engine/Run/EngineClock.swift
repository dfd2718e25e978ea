internal import Threads

/// Time, chance and threads as the engine sees them; a simulation brings its own.
public protocol EngineClock: Sendable {
    /// Microseconds since 1970, UTC: for lags and labels, never for waiting.
    func now() -> Int64

    /// Time since some fixed start, on a clock that no change of the wall clock moves.
    func monotonic() -> Duration

    /// Waits; ends early with an error when the task is cancelled.
    func sleep(for duration: Duration) async throws

    /// A number from 0 up to, but not including, 1.
    func random() -> Double

    /// Runs work that blocks, such as an fsync, beside the tasks, and returns what it returns. It is not cancelled.
    func perform<Result: Sendable>(
        _ name: String, _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result
}

extension EngineClock {
    /// On a thread of its own.
    public func perform<Result: Sendable>(
        _ name: String, _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await DedicatedThread.run(name: name, work)
    }
}

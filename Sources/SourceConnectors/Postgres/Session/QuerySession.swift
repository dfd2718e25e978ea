internal import PostgresClient
internal import Threads

/// One thread with one session for short queries: jobs run on it one after another.
///
/// The session is opened for the first job, and again for the first one after it was lost. A job whose caller is
/// cancelled is interrupted on the server.
final class QuerySession: Sendable {
    private let queue = JobQueue()
    private let name: String
    private let settings: ConnectionSettings

    init(name: String, settings: ConnectionSettings) {
        self.name = name
        self.settings = settings
    }

    deinit {
        queue.stop()
    }

    /// Runs `job` on the session's thread.
    ///
    /// - Throws: what the job throws, or why no session could be opened.
    func run<Result: Sendable>(
        _ job: @escaping @Sendable (PostgresConnection) throws -> Result
    ) async throws -> Result {
        let cancellation = JobCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let mustStart = queue.append { [settings] held in
                    continuation.resume(with: held.perform(job, settings, cancellation))
                }
                guard mustStart else { return }
                DedicatedThread.start(name: name) { [queue] in queue.work() }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }
}

internal import Foundation

/// A thread of its own for blocking work, so that a blocking C call never holds a thread of the cooperative pool.
public enum DedicatedThread {
    /// Runs `body` on a new thread and returns what it returns, or throws what it throws.
    ///
    /// Cancelling the caller does not stop the thread: the body has to be told, through a ``WakeDescriptor`` or a flag.
    public static func run<Result: Sendable>(
        name: String, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            start(name: name) {
                do {
                    continuation.resume(returning: try body())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    /// Starts a thread that runs `body` once. Threads are few and live long; each has a 1 MiB stack.
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread {
            nameThisThread(name)
            body()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Shows in debuggers and in `top -H`. Foundation on Linux names a thread before it exists, and so names another.
    private static func nameThisThread(_ name: String) {
        #if os(Linux)
            // Best effort: the system keeps the first fifteen bytes.
            try? Data(name.utf8.prefix(15)).write(to: URL(filePath: "/proc/thread-self/comm"))
        #else
            Thread.current.name = name
        #endif
    }
}

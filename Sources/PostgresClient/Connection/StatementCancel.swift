internal import CLibPQ
internal import Dispatch
internal import Threads

/// A request to cancel the statement of a session.
///
/// libpq waits for the server to take it, without an end; so it waits on a thread of its own, which a server that is
/// silent keeps until the connection breaks.
// The pointer is handed to one thread, which frees it, and used by nobody else.
struct StatementCancel: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// Takes over what `PQgetCancel` gave.
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    /// Sends it. Called once.
    ///
    /// - Returns: whether libpq had done with it within the time.
    func send(within limit: Duration) -> Bool {
        let isDone = DispatchSemaphore(value: 0)
        DedicatedThread.start(name: "millrace-cancel") {
            var message = [CChar](repeating: 0, count: 256)
            _ = PQcancel(pointer, &message, Int32(message.count))
            PQfreeCancel(pointer)
            isDone.signal()
        }
        return isDone.wait(timeout: .now() + .milliseconds(Int(limit / .milliseconds(1)))) == .success
    }
}

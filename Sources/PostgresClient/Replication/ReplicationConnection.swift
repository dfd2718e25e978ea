internal import CLibPQ
internal import Threads

/// A session that speaks the replication protocol, confined to the thread that opened it.
///
/// Its commands block the thread. Once ``startReplication(slot:from:publications:)`` has returned, the session is a
/// stream: ``receive(timeout:)`` takes messages out of it and ``sendStatus(_:)`` puts acknowledgements in, neither ever
/// waiting for the other direction.
public final class ReplicationConnection {
    let handle: ConnectionHandle
    /// The newest status that could not be sent yet; an older one that waits is replaced, never queued behind.
    private var waitingStatus: StandbyStatus?
    private var hasUnsentBytes = false
    private var pace = ReadPace()

    /// Opens a session, which stops for good when `interrupt` is raised.
    @available(*, noasync)
    public init(_ settings: ConnectionSettings, interrupt: ConnectionInterrupt? = nil) throws(PostgresError) {
        handle = try ConnectionHandle(settings, purpose: .replication, interrupt: interrupt)
    }

    /// The server's version as a number: 150004 is 15.4.
    public var serverVersion: Int { Int(PQserverVersion(handle.pointer)) }

    /// The walsender that serves this session, as `pg_stat_replication` names it.
    public var backendProcess: Int { Int(PQbackendPID(handle.pointer)) }

    /// The next message of the stream; nil when the time is over or the wake descriptor was signalled.
    ///
    /// When a busy stream arrives in crumbs it waits up to a third of a millisecond longer than `timeout`, so that they
    /// gather. While messages keep coming the descriptor is not looked at: an owner that signals itself through it checks
    /// between messages.
    ///
    /// - Throws: `connectionLost` when the server ends the stream for any reason, a clean shutdown included;
    ///   `interrupted`.
    @available(*, noasync)
    public func receive(timeout: Duration) throws(PostgresError) -> ReplicationMessage? {
        try handle.throwIfInterrupted()
        if hasUnsentBytes { try pushOut() }
        if let message = try nextBuffered() { return message }
        pace.restIfTrickling()
        let readiness = try handle.wait(toWrite: hasUnsentBytes, timeout: timeout)
        guard readiness.isSocketReady else { return nil }
        if hasUnsentBytes { try pushOut() }
        try handle.consume()
        pace.didRead(at: .now)
        return try nextBuffered()
    }

    /// Tells the server how far we are. Never waits: what the socket does not take now goes out in ``receive(timeout:)``.
    @available(*, noasync)
    public func sendStatus(_ status: StandbyStatus) throws(PostgresError) {
        waitingStatus = status
        try pushOut()
    }

    private func nextBuffered() throws(PostgresError) -> ReplicationMessage? {
        var buffer: UnsafeMutablePointer<CChar>?
        let count = PQgetCopyData(handle.pointer, &buffer, 1)
        if count > 0, let buffer {
            pace.took(byteCount: Int(count))
            return try ReplicationMessage(CopyBuffer(buffer, count: Int(count)))
        }
        switch count {
        case 0: return nil
        case -1: throw endOfStream()
        default: throw handle.lost()
        }
    }

    /// Sends what waits, as far as the socket takes it.
    private func pushOut() throws(PostgresError) {
        while true {
            switch PQflush(handle.pointer) {
            case 0: hasUnsentBytes = false
            case 1:
                hasUnsentBytes = true
                return
            default: throw handle.lost()
            }
            guard let status = waitingStatus.take() else { return }
            let queued = status.encoded(at: PostgresTime.now()).withUnsafeBytes { bytes in
                // SAFETY: libpq copies the bytes before it returns.
                PQputCopyData(
                    handle.pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
            }
            guard queued == 1 else { throw handle.lost() }
        }
    }

    /// Why the server ended the stream.
    private func endOfStream() -> PostgresError {
        guard let pointer = PQgetResult(handle.pointer) else { return handle.lost() }
        return ResultHandle(pointer).failure
            ?? PostgresError(.connectionLost, message: "the PostgreSQL server ended the replication stream")
    }
}

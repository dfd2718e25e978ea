internal import CLibPQ
internal import Threads

/// Owns a libpq connection: the only place that holds its pointer. Confined to the thread that made it.
///
/// The connection is non-blocking underneath; waiting is done here, beside the wake descriptor, so that a wait can be
/// ended from another thread.
final class ConnectionHandle {
    let pointer: OpaquePointer
    let wake: WakeDescriptor
    let interrupt: ConnectionInterrupt?
    /// How long the server may be silent while something is waited for.
    var patience: Duration
    let answerBytesMax: Int

    init(
        _ settings: ConnectionSettings, purpose: ConnectionParameters.Purpose, interrupt: ConnectionInterrupt?
    ) throws(PostgresError) {
        let parameters = try ConnectionParameters(settings, purpose: purpose)
        wake = if let interrupt { interrupt.wake } else { try Self.makeWake() }
        pointer = try Self.connect(parameters, wake: wake, interrupt: interrupt)
        self.interrupt = interrupt
        patience = settings.patience
        answerBytesMax = settings.answerBytesMax
    }

    deinit {
        PQfinish(pointer)
    }

    /// Waits for the socket, a signal or the end of the time. Returns whether the socket is ready.
    ///
    /// - Throws: `interrupted`, after asking the server to cancel what it is doing for us.
    @discardableResult
    func wait(
        toRead: Bool = true, toWrite: Bool = false, timeout: Duration
    ) throws(PostgresError) -> WakeDescriptor.Readiness {
        try throwIfInterrupted()
        let socket = PQsocket(pointer)
        guard socket >= 0 else { throw lost() }
        let readiness = wake.wait(forSocket: socket, toRead: toRead, toWrite: toWrite, timeout: timeout)
        try throwIfInterrupted()
        return readiness
    }

    /// Waits until the server has sent something, or takes something where that is waited for as well.
    ///
    /// - Throws: `timeout` when it was silent for as long as ``patience``; the session is then of no use any more.
    func waitForServer(toWrite: Bool = false) throws(PostgresError) {
        let deadline = ContinuousClock.now + patience
        while !(try wait(toWrite: toWrite, timeout: deadline - .now)).isSocketReady {
            guard ContinuousClock.now < deadline else {
                cancelStatement()
                throw .silent(for: patience)
            }
        }
    }

    func throwIfInterrupted() throws(PostgresError) {
        guard let interrupt, interrupt.isRaised else { return }
        cancelStatement()
        throw .interrupted
    }

    /// Reads what the server has sent.
    func consume() throws(PostgresError) {
        guard PQconsumeInput(pointer) == 1 else { throw lost() }
    }

    /// Sends what is still in our buffer, reading meanwhile, as libpq asks, so that neither side waits for the other.
    func flush() throws(PostgresError) {
        while true {
            switch PQflush(pointer) {
            case 0: return
            case 1:
                try waitForServer(toWrite: true)
                try consume()
            default: throw lost()
            }
        }
    }

    /// Asks the server, over a connection of libpq's own, to cancel the running statement. Best effort.
    ///
    /// - Returns: false where the server has not taken the request in time: it may come later, to any statement.
    @discardableResult
    func cancelStatement() -> Bool {
        guard PQtransactionStatus(pointer) == PQTRANS_ACTIVE, let cancel = PQgetCancel(pointer) else { return true }
        return StatementCancel(cancel).send(within: .seconds(2))
    }

    /// The next result of the command in progress; nil when it is over.
    func nextResult() throws(PostgresError) -> ResultHandle? {
        while PQisBusy(pointer) != 0 {
            try waitForServer()
            try consume()
        }
        guard let result = PQgetResult(pointer) else { return nil }
        return ResultHandle(result)
    }

    private static func makeWake() throws(PostgresError) -> WakeDescriptor {
        do {
            return try WakeDescriptor()
        } catch {
            throw PostgresError(.configuration, message: "the process has no file descriptors left")
        }
    }

    /// Why the connection is unusable.
    func lost() -> PostgresError {
        PQstatus(pointer) == CONNECTION_BAD ? PostgresError(ofLostConnection: pointer) : .lost
    }
}

internal import CLibPQ
internal import Threads

extension ConnectionHandle {
    /// Tries the hosts in order. One that refuses our credentials ends the attempt, as in libpq.
    static func connect(
        _ parameters: ConnectionParameters, wake: WakeDescriptor, interrupt: ConnectionInterrupt?
    ) throws(PostgresError) -> OpaquePointer {
        var failure = PostgresError(.unreachable, message: "the connection string names no host")
        for host in parameters.perHost {
            do {
                return try connectToOne(host, wake: wake, interrupt: interrupt)
            } catch let error where error.kind == .unreachable || error.kind == .timeout || error.kind == .server {
                failure = error
            }
        }
        throw failure
    }

    private static func connectToOne(
        _ parameters: ConnectionParameters, wake: WakeDescriptor, interrupt: ConnectionInterrupt?
    ) throws(PostgresError) -> OpaquePointer {
        guard let connection = parameters.withArrays({ PQconnectStartParams($0, $1, 0) }) else {
            throw PostgresError(.unreachable, message: "libpq has no memory for a connection")
        }
        do {
            try establish(connection, within: parameters.connectTimeout, wake: wake, interrupt: interrupt)
        } catch {
            PQfinish(connection)
            throw error
        }
        return connection
    }

    private static func establish(
        _ connection: OpaquePointer, within timeout: Duration?, wake: WakeDescriptor, interrupt: ConnectionInterrupt?
    ) throws(PostgresError) {
        // Verbose messages hold the SQLSTATE, the only thing about a refusal that is never translated.
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        // Notices may quote rows, and libpq would print them.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        let deadline = ContinuousClock.now + (timeout ?? .seconds(86_400))
        var status = PGRES_POLLING_WRITING
        while status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING {
            guard PQstatus(connection) != CONNECTION_BAD else { break }
            if let interrupt, interrupt.isRaised { throw .interrupted }
            let left = deadline - .now
            guard left > .zero else { throw PostgresError(.timeout, message: "the PostgreSQL server did not answer") }
            let isReading = status == PGRES_POLLING_READING
            let readiness = wake.wait(
                forSocket: PQsocket(connection), toRead: isReading, toWrite: !isReading, timeout: left)
            if readiness.isSocketReady { status = PQconnectPoll(connection) }
        }
        guard status == PGRES_POLLING_OK else { throw PostgresError(ofFailedConnection: connection) }
        guard PQsetnonblocking(connection, 1) == 0 else { throw .lost }
    }
}

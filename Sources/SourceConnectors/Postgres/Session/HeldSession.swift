internal import PostgresClient
internal import Threads

/// The session that a thread holds between jobs.
struct HeldSession {
    private var current: (connection: PostgresConnection, interrupt: ConnectionInterrupt)?

    /// Runs one job, opening the session first where there is none, and leaves it fit for the next.
    mutating func perform<Value>(
        _ job: (PostgresConnection) throws -> Value, _ settings: ConnectionSettings, _ cancellation: JobCancellation
    ) -> Result<Value, any Error> {
        defer { cancellation.detach() }
        do {
            try cancellation.throwIfCancelled()
            let value = try job(try open(settings, for: cancellation))
            try finish()
            return .success(value)
        } catch let error as PostgresError where error.kind != .server {
            current = nil
            return .failure(error)
        } catch {
            do { try finish() } catch { current = nil }
            return .failure(error)
        }
    }

    private mutating func open(
        _ settings: ConnectionSettings, for cancellation: JobCancellation
    ) throws -> PostgresConnection {
        if let current {
            cancellation.attach(current.interrupt)
            return current.connection
        }
        let interrupt = ConnectionInterrupt(wake: try WakeDescriptor())
        cancellation.attach(interrupt)
        let connection = try PostgresConnection(settings, interrupt: interrupt)
        current = (connection, interrupt)
        return connection
    }

    private func finish() throws {
        guard let connection = current?.connection, connection.isInTransaction else { return }
        try connection.execute("ROLLBACK")
    }
}

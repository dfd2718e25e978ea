internal import Connector
internal import Logging
internal import PostgresClient

/// Waits while another process holds the slot, for as long as a walsender that lost its client may live.
struct SlotPatience {
    let options: PostgresSourceOptions
    let logger: Logger
    private static let pause = Duration.milliseconds(250)

    /// Repeats `attempt` until it gives a value.
    ///
    /// - Throws: `slotInUse`, naming the holder, when the server's timeout has passed.
    func wait<Value: Sendable>(
        _ attempt: () async throws -> Value?, holder: () async throws -> SlotFacts?,
        patience: () async throws -> Duration
    ) async throws -> Value {
        if let value = try await attempt() { return value }
        let timeout = try await patience()
        logger.warning("another process reads the slot; waiting for it", metadata: ["slot": "\(options.slot)"])
        let deadline = ContinuousClock.now + (timeout > .zero ? timeout : .seconds(60)) + .seconds(1)
        while ContinuousClock.now < deadline {
            try await Task.sleep(for: Self.pause)
            if let value = try await attempt() { return value }
        }
        throw Self.inUse(try await holder(), slot: options.slot)
    }

    /// The error that names who holds the slot.
    static func inUse(_ slot: SlotFacts?, slot name: String) -> MillraceError {
        let application = slot?.activeApplication.map { " (\($0))" } ?? ""
        let process = slot?.activeProcess.map { "server process \($0)\(application)" } ?? "another process"
        return MillraceError(
            .slotInUse,
            "\(process) reads the replication slot: stop the other pipeline, or end that process with "
                + "pg_terminate_backend", place: name)
    }
}

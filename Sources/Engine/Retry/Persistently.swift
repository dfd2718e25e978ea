internal import Connector
internal import Logging

/// Repeats a call until it succeeds or fails with what repeating does not change; ends with the task.
func persistently<Value: Sendable>(
    _ what: String, clock: any EngineClock, logger: Logger, _ call: () async throws -> Value
) async throws -> Value {
    var backoff = Backoff()
    while true {
        do {
            return try await call()
        } catch let error where RetryTable.decision(for: error) == .retry {
            logger.warning("\(what) failed; trying again", metadata: ["reason": "\(error)"])
            try await clock.sleep(for: backoff.next(random: clock.random()))
        }
    }
}

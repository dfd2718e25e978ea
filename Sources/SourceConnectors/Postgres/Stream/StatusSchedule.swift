internal import PostgresClient

/// When a status is due: on a timer well below the server's timeout, at an acknowledgement, and when asked for.
struct StatusSchedule {
    /// How long the server may hear nothing from us.
    let interval: Duration
    /// Acknowledgements that follow each other faster than this wait for one another.
    static let acknowledgementPause = Duration.milliseconds(100)

    private var lastSent: ContinuousClock.Instant?
    private var lastAcknowledged = LSN.zero
    private var isAskedFor = false

    /// - Parameter walSenderTimeout: The server's; zero for never.
    init(walSenderTimeout: Duration) {
        interval = walSenderTimeout > .zero ? min(walSenderTimeout / 3, .seconds(10)) : .seconds(10)
    }

    mutating func askedFor() { isAskedFor = true }

    /// How long until a status is due, zero if it is.
    func wait(until acknowledged: LSN, now: ContinuousClock.Instant) -> Duration {
        guard let lastSent, !isAskedFor else { return .zero }
        let since = lastSent.duration(to: now)
        let pause = acknowledged > lastAcknowledged ? Self.acknowledgementPause : interval
        return max(.zero, min(pause, interval) - since)
    }

    mutating func sent(_ acknowledged: LSN, now: ContinuousClock.Instant) {
        lastSent = now
        lastAcknowledged = acknowledged
        isAskedFor = false
    }
}

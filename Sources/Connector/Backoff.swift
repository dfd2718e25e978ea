/// Full-jitter exponential back-off: each wait is drawn evenly between nothing and a bound that doubles to a cap, so
/// that many clients of one broken server do not come back together (AWS Architecture Blog, "Exponential Backoff And
/// Jitter").
public struct Backoff: Sendable {
    public var first: Duration
    public var cap: Duration
    private var attempt = 0

    public init(first: Duration = .milliseconds(100), cap: Duration = .seconds(60)) {
        self.first = first
        self.cap = cap
    }

    /// How long to wait before the next attempt.
    ///
    /// - Parameter random: a number from 0 up to, but not including, 1.
    public mutating func next(random: Double) -> Duration {
        let doublings = min(attempt, 20)
        attempt += 1
        let bound = min(cap, first * (1 << doublings))
        return bound * random
    }

    public mutating func reset() { attempt = 0 }
}

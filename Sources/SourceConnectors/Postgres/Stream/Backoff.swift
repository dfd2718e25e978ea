/// Full-jitter back-off: a random wait below a bound that doubles with every failure.
struct Backoff {
    private static let base = Duration.milliseconds(100)
    private static let bound = Duration.seconds(30)
    private var failures = 0

    mutating func reset() { failures = 0 }

    /// The next wait.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let bound = min(Self.base * (1 << min(failures, 10)), Self.bound)
        failures += 1
        return bound * Double.random(in: 0...1, using: &generator)
    }
}

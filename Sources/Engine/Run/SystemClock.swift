#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The machine's own time and chance.
public struct SystemClock: EngineClock {
    private let start = ContinuousClock.now

    public init() {}

    public func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    public func monotonic() -> Duration { ContinuousClock.now - start }

    public func sleep(for duration: Duration) async throws { try await ContinuousClock().sleep(for: duration) }

    public func random() -> Double { Double.random(in: 0..<1) }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Notices when a busy stream arrives in crumbs.
///
/// A walsender writes every message to the socket by itself. A reader that keeps up is woken for each, and spends far
/// more on waking and reading than on the message. Resting a moment before a read lets messages gather. A stream that is
/// not busy is never held up, nor one that fills our buffer as fast as we read it.
struct ReadPace {
    /// How long to rest: dozens of messages of a busy stream, and nothing that a lag would show.
    private static let pause = Duration.microseconds(300)
    /// Two reads this close together belong to a busy stream.
    private static let close = Duration.microseconds(100)
    private static let streakMin = 16
    /// A read that brought this much was worth its while: half of libpq's buffer.
    private static let gulpBytes = 8 << 10

    private var lastRead: ContinuousClock.Instant?
    private var streak = 0
    private var bytesSinceRead = 0

    /// Notes a message that was taken out of the buffer.
    mutating func took(byteCount: Int) {
        bytesSinceRead += byteCount
    }

    /// Notes that the socket was read.
    mutating func didRead(at now: ContinuousClock.Instant) {
        let limit = streak < Self.streakMin ? Self.close : Self.pause + Self.pause
        let isClose = lastRead.map { now - $0 < limit } ?? false
        streak = isClose ? min(streak + 1, Self.streakMin) : 0
        lastRead = now
        bytesSinceRead = 0
    }

    /// Rests if the next read would bring a crumb of a busy stream.
    func restIfTrickling() {
        guard streak >= Self.streakMin, bytesSinceRead < Self.gulpBytes else { return }
        var time = timespec(tv_sec: 0, tv_nsec: Int(Self.pause.components.attoseconds / 1_000_000_000))
        nanosleep(&time, nil)
    }
}

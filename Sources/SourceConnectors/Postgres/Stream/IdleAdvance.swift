internal import Change
internal import Connector
internal import PostgresClient

/// Lets the position move while nothing that is published changes, so that the server can forget its log.
struct IdleAdvance {
    /// The highest end that the server named while everything before it had been received.
    private var end = LSN.zero
    private var sentAt: Int64 = 0
    private var lastTaken: ContinuousClock.Instant?
    /// How long the position rests, commonly.
    static let pause = Duration.seconds(1)

    mutating func heard(end: LSN, at time: Int64) {
        guard end > self.end else { return }
        self.end = end
        sentAt = time
    }

    /// How long until a transaction can be taken; long where there is none to take.
    func wait(for cursor: StreamCursor, now: ContinuousClock.Instant, pause: Duration = pause) -> Duration {
        guard end.rawValue > cursor.delivered.end else { return .seconds(60) }
        return untilPauseIsOver(pause, now)
    }

    /// An empty transaction up to the heard end, at most one in each pause.
    ///
    /// - Precondition: everything received was admitted by the cursor, and no transaction is under way: what the
    ///   server has sent before it named the end is then delivered.
    mutating func take(
        from cursor: inout StreamCursor, now: ContinuousClock.Instant, pause: Duration = pause
    ) -> Transaction? {
        guard untilPauseIsOver(pause, now) == .zero else { return nil }
        guard let transaction = cursor.advance(to: end.rawValue, commit: end.commitPositionBefore, at: sentAt) else {
            return nil
        }
        lastTaken = now
        return transaction
    }

    private func untilPauseIsOver(_ pause: Duration, _ now: ContinuousClock.Instant) -> Duration {
        guard let lastTaken else { return .zero }
        return max(.zero, pause - lastTaken.duration(to: now))
    }
}

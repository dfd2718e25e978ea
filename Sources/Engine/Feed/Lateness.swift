/// Decides whether a sink holds the others up: it does once feeding it took more than half of a window of time.
struct Lateness {
    private let window: Duration
    private var windowStart: Duration?
    private var waited = Duration.zero

    init(window: Duration) {
        self.window = window
    }

    /// How long one more wait may last before the sink is late. A sink that was waited for too long already is late
    /// at the next wait.
    var patience: Duration { max(.milliseconds(1), window / 2 - waited) }

    /// Whether it was waited for too long already.
    var isLate: Bool { waited > window / 2 }

    /// Notes a wait that ended at `now`.
    mutating func note(wait: Duration, at now: Duration) {
        if let start = windowStart, now - start <= window {
            waited += wait
        } else {
            windowStart = now - wait
            waited = wait
        }
    }

    mutating func reset() {
        windowStart = nil
        waited = .zero
    }
}

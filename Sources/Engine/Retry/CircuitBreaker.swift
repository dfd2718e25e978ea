internal import Connector

/// Stands between the engine and one sink: after several failures in a row only one lane at a time tries.
///
/// A state machine without a clock: times are given to it, counted from any fixed start.
struct CircuitBreaker {
    private enum State {
        case closed(failures: Int)
        case open(until: Duration)
        /// One lane tries; the others wait.
        case probing
    }

    enum Permission: Equatable {
        case go
        case wait(Duration)
    }

    private var state = State.closed(failures: 0)
    private var backoff: Backoff
    private let failuresMax: Int
    /// How long a lane waits before it asks again while another one probes.
    private static let probeWait = Duration.milliseconds(50)

    init(failuresMax: Int = 5, backoff: Backoff = Backoff()) {
        self.failuresMax = failuresMax
        self.backoff = backoff
    }

    var isOpen: Bool {
        switch state {
        case .closed: false
        case .open, .probing: true
        }
    }

    /// Whether a lane may send now.
    mutating func permission(at now: Duration) -> Permission {
        switch state {
        case .closed: return .go
        case .probing: return .wait(Self.probeWait)
        case .open(let until):
            guard now >= until else { return .wait(until - now) }
            state = .probing
            return .go
        }
    }

    mutating func succeeded() {
        state = .closed(failures: 0)
        backoff.reset()
    }

    /// A batch failed as a whole.
    mutating func failed(at now: Duration, random: Double) {
        switch state {
        case .closed(let failures):
            guard failures + 1 >= failuresMax else {
                state = .closed(failures: failures + 1)
                return
            }
            state = .open(until: now + backoff.next(random: random))
        case .probing, .open:
            state = .open(until: now + backoff.next(random: random))
        }
    }
}

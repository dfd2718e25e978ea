/// Which node to ask next: in turn, passing over those that failed a moment ago.
///
/// A value without I/O or clock; the client drives it under a lock.
struct NodeRing: Sendable {
    /// How long a node that failed is passed over, while others answer.
    static let restAfterFailure: Duration = .seconds(10)

    let nodes: [HTTPAddress]
    private var next = 0
    private var restingUntil: [ContinuousClock.Instant?]
    /// Until when the cluster asked to be left alone.
    private(set) var quietUntil: ContinuousClock.Instant?

    /// - Precondition: there is a node.
    init(_ nodes: [HTTPAddress]) {
        precondition(!nodes.isEmpty, "a cluster has a node")
        self.nodes = nodes
        restingUntil = Array(repeating: nil, count: nodes.count)
    }

    /// The next node that is not resting; the next at all where every one is.
    mutating func take(now: ContinuousClock.Instant) -> Int {
        let candidates = (0..<nodes.count).map { (next + $0) % nodes.count }
        let chosen = candidates.first { restingUntil[$0].map { $0 <= now } ?? true } ?? next
        next = (chosen + 1) % nodes.count
        return chosen
    }

    mutating func succeeded(_ node: Int) {
        restingUntil[node] = nil
    }

    mutating func failed(_ node: Int, now: ContinuousClock.Instant) {
        restingUntil[node] = now + Self.restAfterFailure
    }

    /// Keeps every request waiting until then.
    mutating func keepQuiet(until instant: ContinuousClock.Instant) {
        quietUntil = max(quietUntil ?? instant, instant)
    }
}

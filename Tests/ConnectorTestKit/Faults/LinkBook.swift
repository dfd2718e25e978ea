internal import Randomness
internal import NIOCore
internal import Synchronization

/// What a fault proxy is ordered to do.
struct FaultOrders {
    var isHole = false
    var isRefusing = false
    var delay: TimeAmount = .zero
    /// Bytes a second.
    var pace: [FaultProxy.Direction: Int] = [:]
    /// How many more bytes pass, over all links, before the one that carries the next is reset.
    var budget: [FaultProxy.Direction: Int] = [:]
    var tearing: ClosedRange<Int>?
}

/// The links of a fault proxy and what they are ordered to do.
final class LinkBook: Sendable {
    struct State {
        var target: Int
        var orders = FaultOrders()
        var links: [Int: FaultLink] = [:]
        var connectionCount = 0
        var passed = 0
        var random = SeededNumbers(seed: 1)
    }

    let state: Mutex<State>

    init(target: Int) { state = Mutex(State(target: target)) }

    var orders: FaultOrders { state.withLock { $0.orders } }

    /// Changes the orders and lets every link look at them anew.
    func change(_ body: (inout State) -> Void) {
        let links = state.withLock { state in
            body(&state)
            return Array(state.links.values)
        }
        for link in links { link.wake() }
    }

    /// How many bytes of `count` may pass before the link is to be reset; nil for all of them, and no reset.
    func spend(_ count: Int, _ direction: FaultProxy.Direction) -> Int? {
        state.withLock { state in
            let allowed = state.orders.budget[direction].map { min($0, count) } ?? count
            state.passed += allowed
            guard let budget = state.orders.budget[direction] else { return nil }
            guard budget <= count else {
                state.orders.budget[direction] = budget - count
                return nil
            }
            // One cut for one order.
            state.orders.budget[direction] = nil
            return budget
        }
    }

    func tearAfter() -> Int? {
        state.withLock { state in
            guard let range = state.orders.tearing else { return nil }
            return range.lowerBound + Int(state.random.next() % UInt64(range.count))
        }
    }
}

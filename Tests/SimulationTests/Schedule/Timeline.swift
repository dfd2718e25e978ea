/// Virtual time in microseconds, and what happens at which moment. Time moves only when the simulation says so.
final class Timeline {
    /// Something that will happen; forgotten when it is cancelled.
    final class Event {
        fileprivate let moment: Int
        fileprivate let number: Int
        fileprivate var action: (() -> Void)?

        fileprivate init(moment: Int, number: Int, action: @escaping () -> Void) {
            (self.moment, self.number, self.action) = (moment, number, action)
        }

        func cancel() { action = nil }

        fileprivate func isBefore(_ other: Event) -> Bool {
            moment != other.moment ? moment < other.moment : number < other.number
        }
    }

    private(set) var now = 0
    /// A binary heap, the next event first.
    private var heap: [Event] = []
    private var count = 0

    @discardableResult
    func after(_ delay: Int, _ action: @escaping () -> Void) -> Event {
        let event = Event(moment: now + max(0, delay), number: count, action: action)
        count += 1
        heap.append(event)
        rise(from: heap.count - 1)
        return event
    }

    /// When the next event is due; nil where nothing will ever happen.
    var nextMoment: Int? {
        while let first = heap.first, first.action == nil { removeFirst() }
        return heap.first?.moment
    }

    var isDue: Bool { nextMoment.map { $0 <= now } ?? false }

    func advance(to moment: Int) { now = max(now, moment) }

    func runNext() {
        guard nextMoment != nil, let action = heap.first?.action else { return }
        removeFirst()
        action()
    }

    private func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        sink()
    }

    private func rise(from index: Int) {
        var index = index
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].isBefore(heap[parent]) else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private func sink() {
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}

/// Durations in microseconds.
enum Span {
    static let millisecond = 1_000
    static let second = 1_000_000
    static let minute = 60 * second
    static let hour = 60 * minute
}

extension Duration {
    /// Rounded up, so that whoever waits for a moment does not wake before it.
    var microseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * Span.second + Int((attoseconds + 999_999_999_999) / 1_000_000_000_000)
    }
}

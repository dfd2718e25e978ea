internal import Synchronization

/// A bounded queue between one producing thread and one asynchronous consumer.
///
/// The limit is in bytes. When it is reached, ``offer(_:cost:)`` refuses and the producer keeps what it has until the
/// space signal comes; a single element larger than the limit passes alone.
public final class Handover<Element: Sendable>: Sendable {
    fileprivate typealias Wake = @Sendable () -> Void

    fileprivate struct State {
        var elements: [(element: Element, cost: Int, isOnItsWay: Bool)] = []
        var head = 0
        var queuedBytes = 0
        /// What of them was taken without regard to the limit, and takes no room from the others.
        var onTheirWayBytes = 0
        var isFinished = false
        var failure: (any Error)?
        var waiting: CheckedContinuation<Element?, any Error>?
        var isProducerWaiting = false
        var putOff: Set<Int> = []
        var onSpace: Wake?
    }

    private let state = Mutex(State())
    /// How many bytes may wait, by the costs that the producer states.
    public let byteLimit: Int

    public init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// How many bytes wait now.
    public var queuedBytes: Int { state.withLock { $0.queuedBytes } }

    /// Sets what wakes the producer after a refused offer; called once, before the first offer, and then from the
    /// consumer's side, so it must not block.
    public func whenSpaceAppears(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.onSpace = wake }
    }

    /// Queues an element, or returns false when the queue is full: offer it again after the space signal.
    ///
    /// After ``finish(throwing:)`` or cancellation of the consumer it accepts and forgets.
    ///
    /// - Parameter isOnItsWay: whether the element cannot wait where it is: it is taken even by a full queue, and takes
    ///   no room from those that can wait.
    public func offer(_ element: Element, cost: Int, isOnItsWay: Bool = false) -> Bool {
        let handed: (CheckedContinuation<Element?, any Error>?, Bool) = state.withLock { state in
            if state.isFinished { return (nil, true) }
            if let waiting = state.waiting.take() { return (waiting, true) }
            let waitingBytes = state.queuedBytes - state.onTheirWayBytes
            if !isOnItsWay, waitingBytes > 0, waitingBytes + cost > byteLimit {
                state.isProducerWaiting = true
                return (nil, false)
            }
            state.elements.append((element, cost, isOnItsWay))
            state.queuedBytes += cost
            if isOnItsWay { state.onTheirWayBytes += cost }
            return (nil, true)
        }
        handed.0?.resume(returning: element)
        return handed.1
    }

    /// Has the producer keep the elements of these lots, and no others. Said by the consumer's side, when what it passes them
    /// on to is behind.
    public func putOff(_ lots: Set<Int>) {
        state.withLock { state -> Wake? in
            defer { state.putOff = lots }
            return state.putOff.isSubset(of: lots) ? nil : state.stopWaitingForSpace()
        }?()
    }

    /// What there is room for among the elements that can wait; the space signal comes when that may have changed.
    public var headroom: Headroom {
        state.withLock { state in
            state.isProducerWaiting = true
            return Headroom(queuedBytes: state.queuedBytes, byteLimit: byteLimit, putOff: state.putOff)
        }
    }

    /// Ends the sequence: the consumer gets what is queued, and then the error or nil. Only the first call counts.
    ///
    /// A producer that waits for space is woken, because there is nothing to wait for any more.
    public func finish(throwing failure: (any Error)? = nil) {
        let ended = state.withLock { state -> (waiting: CheckedContinuation<Element?, any Error>?, wake: Wake?) in
            guard !state.isFinished else { return (nil, nil) }
            state.isFinished = true
            state.failure = failure
            return (state.waiting.take(), state.stopWaitingForSpace())
        }
        ended.wake?()
        guard let waiting = ended.waiting else { return }
        if let failure { waiting.resume(throwing: failure) } else { waiting.resume(returning: nil) }
    }

    /// The next element, nil at the end, or the error that the producer finished with. For one consumer at a time.
    public func next() async throws -> Element? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state in state.take(or: continuation) }
                outcome.wake?()
                switch outcome.result {
                case .success(let element): continuation.resume(returning: element)
                case .failure(let error): continuation.resume(throwing: error)
                case nil: break
                }
            }
        } onCancel: {
            finish(throwing: CancellationError())
        }
    }

}

extension Handover.State {
    fileprivate typealias Taken = (element: Element, wake: Handover.Wake?)

    fileprivate mutating func takeQueued() -> Taken? {
        guard head < elements.count else { return nil }
        let (element, cost, isOnItsWay) = elements[head]
        head += 1
        queuedBytes -= cost
        if isOnItsWay { onTheirWayBytes -= cost }
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return (element, stopWaitingForSpace())
    }

    /// What wakes the producer, if it waits.
    fileprivate mutating func stopWaitingForSpace() -> Handover.Wake? {
        guard isProducerWaiting else { return nil }
        isProducerWaiting = false
        return onSpace
    }

    fileprivate mutating func take(
        or continuation: CheckedContinuation<Element?, any Error>
    ) -> (result: Result<Element?, any Error>?, wake: Handover.Wake?) {
        if let taken = takeQueued() { return (.success(taken.element), taken.wake) }
        if isFinished {
            if let failure { return (.failure(failure), nil) }
            return (.success(nil), nil)
        }
        precondition(waiting == nil, "a handover has one consumer at a time")
        waiting = continuation
        return (nil, nil)
    }
}

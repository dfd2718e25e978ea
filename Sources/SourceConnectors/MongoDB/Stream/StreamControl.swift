internal import Connector
internal import Synchronization
internal import Threads

/// What reaches a feed's thread from outside: the signal to stop, and wake-ups. What was acknowledged is noted for the
/// operator alone: the server keeps its oplog by size and age and asks nobody.
final class StreamControl: Sendable {
    let wake: WakeDescriptor
    private let stopped = Atomic(false)

    init() throws {
        wake = try WakeDescriptor()
    }

    var isStopped: Bool { stopped.load(ordering: .acquiring) }

    func stop() {
        stopped.store(true, ordering: .releasing)
        wake.signal()
    }

    func throwIfStopped() throws {
        if isStopped { throw CancellationError() }
    }

    /// Waits until the time is over or, with `isOnce`, until woken.
    ///
    /// - Throws: `CancellationError` once stopped.
    @available(*, noasync)
    func rest(for duration: Duration, isOnce: Bool = false) throws {
        let deadline = ContinuousClock.now + duration
        repeat {
            _ = wake.wait(forSocket: -1, timeout: max(.zero, ContinuousClock.now.duration(to: deadline)))
            try throwIfStopped()
        } while !isOnce && ContinuousClock.now < deadline
    }
}

internal import PostgresClient
internal import Synchronization
internal import Threads

/// What reaches a feed's thread from outside: acknowledgements, the signal to stop, and wake-ups.
final class FeedControl: Sendable {
    let wake: WakeDescriptor
    let interrupt: ConnectionInterrupt
    private let acknowledgedTo: Atomic<UInt64>

    init(acknowledged: LSN = .zero) throws {
        wake = try WakeDescriptor()
        interrupt = ConnectionInterrupt(wake: wake)
        acknowledgedTo = Atomic(acknowledged.rawValue)
    }

    /// The highest position that the server may forget everything before; zero before the first acknowledgement.
    var acknowledged: LSN { LSN(rawValue: acknowledgedTo.load(ordering: .acquiring)) }

    /// Notes an acknowledgement; one below an earlier one changes nothing.
    func acknowledge(_ position: LSN) {
        let old = acknowledgedTo.max(position.rawValue, ordering: .acquiringAndReleasing).oldValue
        if position.rawValue > old { wake.signal() }
    }

    func stop() { interrupt.raise() }
}

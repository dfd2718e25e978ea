internal import Synchronization
public import Threads

/// Stops a connection from any thread, once and for good.
///
/// Every call in progress or to come on the connection throws `interrupted`; a running statement is cancelled on the
/// server. Several connections of one owner may share an interrupt, used one after another on the same thread.
public final class ConnectionInterrupt: Sendable {
    private let raised = Atomic(false)
    let wake: WakeDescriptor

    /// - Parameter wake: What the connection's thread waits on beside its socket. The owner may use it for signals of
    ///   its own: a connection that is woken without being interrupted goes on.
    public init(wake: WakeDescriptor) {
        self.wake = wake
    }

    /// Whether the connection has been told to stop.
    public var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Tells the connection to stop. Never blocks.
    public func raise() {
        raised.store(true, ordering: .releasing)
        wake.signal()
    }
}

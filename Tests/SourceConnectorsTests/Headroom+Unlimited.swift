import Threads

extension Headroom {
    /// Of a queue that takes everything.
    static var unlimited: Headroom { Handover<Int>(byteLimit: 1).headroom }
}

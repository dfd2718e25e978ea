/// Which server this is. A position is meaningless on any other.
public struct SystemIdentity: Sendable, Equatable {
    /// Made when the cluster was initialised; copies of a cluster share it.
    public var systemIdentifier: String
    /// Changes with every promotion and every recovery to a point in time.
    public var timeline: UInt32
    /// How far the log is flushed. Never a place to start from.
    public var flushed: LSN
    public var database: String
}

internal import Change
public import Engine

/// How one table's snapshot stands.
public struct SnapshotReport: Codable, Sendable, Equatable {
    public var table: String
    /// The sinks that are loaded by it. Of a table in a sink there is one report.
    public var sinks: [String]
    public var complete: Bool
    public var rowsRead: UInt64
    public var rowsEstimated: Int
    public var bytesRead: UInt64
    /// How many rows were deleted from the sinks because the table no longer has them.
    public var rowsDeleted: UInt64
    public var bytesEstimated: Int
    public var chunksFinished: Int
    public var chunkCount: Int
    public var startedAtUs: Int64
    /// What the reading waits for.
    public var waitsFor: String?

    /// - Parameter status: the status to report.
    public init(_ status: SnapshotStatus) {
        table = status.table.description
        sinks = status.sinks
        complete = status.isComplete
        rowsRead = status.rowsRead
        rowsEstimated = status.rowsEstimated
        bytesRead = status.bytesRead
        rowsDeleted = status.rowsDeleted
        bytesEstimated = status.bytesEstimated
        chunksFinished = status.chunksFinished
        chunkCount = status.chunkCount
        startedAtUs = status.startedAt
        waitsFor = status.waitsFor
    }
}

internal import Engine

/// How far an audit is.
public struct AuditProgress: Sendable, Codable, Equatable {
    public var tables = 0
    /// How many tables were begun, the current one included.
    public var begun = 0
    public var table = ""
    public var rowsRead: UInt64 = 0
    public var rowsEstimated = 0
    /// How many entries of its targets were read.
    public var entriesRead: UInt64 = 0
    /// What the reading waits for at the source; nil while it waits for nothing.
    public var waitsFor: String?

    public init() {}

    mutating func begin(_ table: String) {
        begun += 1
        (self.table, rowsRead, rowsEstimated, entriesRead, waitsFor) = (table, 0, 0, 0, nil)
    }

    /// - Parameter before: how many rows earlier passes have read.
    mutating func note(_ progress: PassProgress, after before: UInt64) {
        waitsFor = progress.waitsFor
        (rowsRead, rowsEstimated) = (before + progress.rowsRead, progress.rowsEstimated)
    }
}

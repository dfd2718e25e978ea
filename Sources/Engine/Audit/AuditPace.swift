/// How fast an audit goes, and how long it waits.
public struct AuditPace: Sendable {
    /// How long whatever is waited for may make no progress.
    public var patience: Duration
    /// How many rows a second are read from the source, and entries from each target, at the most; as many as come when nil.
    public var rowsPerSecond: Int?

    public init(patience: Duration = .seconds(60), rowsPerSecond: Int? = nil) {
        self.patience = patience
        self.rowsPerSecond = rowsPerSecond
    }

    /// The pace of what begins now; nil where it may go as fast as it can.
    func tempo(from now: Duration) -> AuditTempo? {
        rowsPerSecond.map { AuditTempo(began: now, rowsPerSecond: $0) }
    }
}

/// A pace that began at a time.
struct AuditTempo {
    let began: Duration
    let rowsPerSecond: Int

    /// How long to wait before any more is read after so many rows; zero or less for not at all.
    func pause(after rows: UInt64, at now: Duration) -> Duration {
        began + .seconds(1) * (Double(rows) / Double(rowsPerSecond)) - now
    }
}

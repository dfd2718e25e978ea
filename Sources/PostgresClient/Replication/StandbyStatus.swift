/// How far we are, as we tell the server. `flushed` is the acknowledgement: the server forgets what lies before it.
public struct StandbyStatus: Sendable, Equatable {
    /// Received from the server.
    public var written: LSN
    /// Durable in every sink, at a commit's end.
    public var flushed: LSN
    /// Applied; shown in `pg_stat_replication` only.
    public var applied: LSN
    /// Asks the server to answer at once, which shows that it is alive.
    public var isReplyRequested: Bool

    public init(written: LSN, flushed: LSN, applied: LSN, isReplyRequested: Bool = false) {
        self.written = written
        self.flushed = flushed
        self.applied = applied
        self.isReplyRequested = isReplyRequested
    }

    /// The message's 34 bytes.
    func encoded(at now: Int64) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "r")]
        for number in [written.rawValue, flushed.rawValue, applied.rawValue, UInt64(bitPattern: now)] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        bytes.append(isReplyRequested ? 1 : 0)
        return bytes
    }
}

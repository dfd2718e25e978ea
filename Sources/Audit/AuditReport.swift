/// What an audit of one pipeline found out.
public struct AuditReport: Sendable, Codable, Equatable {
    /// The number of this form of report.
    public var format = 1
    public var pipeline: String
    /// In microseconds since 1970.
    public var startedAt: Int64
    public var finishedAt: Int64
    public var parts: [Part] = []
    /// Whether it went on with an audit that was interrupted, which had begun at ``startedAt``.
    public var isResumed: Bool?
    /// What was replayed before; nil where nothing was to be. Only the rows that were are compared.
    public var replay: Replay?

    /// Parked changes that were replayed.
    public struct Replay: Sendable, Codable, Equatable {
        public var changes: UInt64 = 0
        /// How many of the rows parked once more.
        public var parkedAgain: UInt64 = 0
        /// Why others could not be replayed.
        public var failures: [String] = []

        public init() {}
    }

    /// One table in one mapping of one sink.
    public struct Part: Sendable, Codable, Equatable {
        public var sink: String
        public var mapping: String
        public var table: String
        /// The place in the source's log at which the table was read; the rows that agree did so then or later.
        public var verifiedUpTo: UInt64?
        public var rows: UInt64 = 0
        public var equal: UInt64 = 0
        public var missing: UInt64 = 0
        public var different: UInt64 = 0
        public var extra: UInt64 = 0
        /// Rows that changed at every look.
        public var inconclusive: UInt64 = 0
        /// Rows that cannot be compared, by the reason.
        public var unverifiable: [String: UInt64] = [:]
        /// Why nothing of the mapping could be compared.
        public var obstacle: String?
        /// Why rows that the source does not have could not be looked for.
        public var scanObstacle: String?
        /// The sink did not get so far in time.
        public var isTimedOut = false
        public var sinkFailure: String?
        public var sourceFailure: String?
        public var findings: [AuditFinding] = []
        /// How many findings were repaired, and looked at again; nil where nothing was to be repaired.
        public var repaired: UInt64?
        /// Why nothing was repaired.
        public var repairRefusal: String?
    }

    public init(pipeline: String, startedAt: Int64, finishedAt: Int64) {
        self.pipeline = pipeline
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    public var findingCount: UInt64 { parts.reduce(0) { $0 + $1.findingCount } }

    /// The exit status, a sum of what is so: 1 differences, 2 something cannot be verified, 4 rows changed at every look,
    /// 8 a sink did not get so far in time, 16 the source failed, 32 a sink failed.
    public var exitStatus: Int32 {
        var status: Int32 = 0
        if let replay, replay.parkedAgain > 0 || !replay.failures.isEmpty { status |= 2 }
        for part in parts {
            if part.findingCount > 0 { status |= 1 }
            if part.obstacle != nil || part.scanObstacle != nil || !part.unverifiable.isEmpty { status |= 2 }
            if part.inconclusive > 0 { status |= 4 }
            if part.isTimedOut { status |= 8 }
            if part.sourceFailure != nil { status |= 16 }
            if part.sinkFailure != nil { status |= 32 }
        }
        return status
    }
}

extension AuditReport.Part {
    /// Whether something failed before it was looked at whole.
    var isCutShort: Bool { isTimedOut || sinkFailure != nil || sourceFailure != nil }
    public var findingCount: UInt64 { missing + different + extra }
    public var unverifiableCount: UInt64 { unverifiable.values.reduce(0, +) }
}

/// A row that is not in the sink what it should be.
public struct AuditFinding: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
        /// The source has it, the sink does not.
        case missing
        /// The sink has another.
        case different
        /// The sink has it, the source does not.
        case extra
    }

    public struct Column: Sendable, Codable, Equatable {
        public var name: String
        /// What the source makes it; nil for nothing, and in a redacted report.
        public var expected: String?
        public var found: String?
    }

    public var kind: Kind
    /// The values of the primary key; empty where it is not known.
    public var key: [String]
    /// The sink key.
    public var target: String
    public var columns: [Column]
    /// The version that the sink has, as `epoch.commit.window`.
    public var version: String?
}

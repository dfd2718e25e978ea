internal import Audit
public import Connector

/// What can be asked over the socket: one line of JSON, such as `{"command":"status"}`.
public struct ControlRequest: Codable, Sendable, Equatable {
    public enum Command: String, Codable, Sendable {
        case status
        /// The newest position of the source's log.
        case head
        case pause
        case resume
        /// Drain and end.
        case stop
        /// Begin a new run of `tables`.
        case snapshot
        /// Compare `tables`, or all, with what stands in the sinks; the answer comes when that is done.
        case audit
        /// How far the audit is that is under way.
        case auditProgress = "audit-progress"
        /// List the parked changes of `parked`, without their rows.
        case parkedList = "parked-list"
        /// The parked changes of `parked` with their rows.
        case parkedShow = "parked-show"
        case parkedReplay = "parked-replay"
        case parkedDiscard = "parked-discard"
        /// What the store remembers.
        case checkpoints
    }

    public var command: Command
    public var tables: [TableReference]?
    /// Whether a snapshot deletes from the sinks what it does not find.
    public var findDeletes: Bool?
    public var parked: ParkedQuery?
    public var audit: AuditQuery?

    /// - Parameter command: what is asked.
    public init(
        _ command: Command, tables: [TableReference]? = nil, findDeletes: Bool? = nil, parked: ParkedQuery? = nil,
        audit: AuditQuery? = nil
    ) {
        self.command = command
        self.tables = tables
        self.findDeletes = findDeletes
        self.parked = parked
        self.audit = audit
    }
}

/// How to audit, as it is spoken over the socket; see ``Audit/AuditOptions``.
public struct AuditQuery: Codable, Sendable, Equatable {
    /// Whether the report leaves out the values of rows.
    public var redact: Bool?
    public var repair: RepairQuery?
    /// Whether the changes that were parked are replayed, and only their rows compared.
    public var replaysParked: Bool?
    /// Whether to go on with the audit that was interrupted.
    public var resumes: Bool?
    /// How many rows a second are read at the most.
    public var rowsPerSecond: Int?

    public struct RepairQuery: Codable, Sendable, Equatable {
        public var rowsMax: Int
        public var percentMax: Double

        public init(rowsMax: Int, percentMax: Double) {
            self.rowsMax = rowsMax
            self.percentMax = percentMax
        }
    }

    public init(
        redact: Bool? = nil, repair: RepairQuery? = nil, replaysParked: Bool? = nil, resumes: Bool? = nil,
        rowsPerSecond: Int? = nil
    ) {
        self.resumes = resumes
        self.rowsPerSecond = rowsPerSecond
        self.redact = redact
        self.repair = repair
        self.replaysParked = replaysParked
    }

    func options(for tables: [TableReference]?) -> AuditOptions {
        var options = AuditOptions()
        options.tables = tables.map { Set($0.map(\.table)) }
        options.isRedacted = redact ?? false
        options.resumes = resumes ?? false
        options.rowsPerSecond = rowsPerSecond
        options.repair = repair.map { RepairLimits(rowsMax: $0.rowsMax, percentMax: $0.percentMax) }
        return options
    }
}

/// Which parked changes, as it is spoken over the socket; see ``Connector/ParkedSelection``.
public struct ParkedQuery: Codable, Sendable, Equatable {
    public var numbers: [Int64]?
    public var sink: String?
    public var table: TableReference?
    public var includesReplayed: Bool?
    public var limit: Int?
    public var after: Int64?

    /// - Parameter selection: the selection to speak of.
    public init(_ selection: ParkedSelection = .waiting) {
        numbers = selection.numbers?.sorted()
        sink = selection.sink
        table = selection.table.map(TableReference.init)
        includesReplayed = selection.includesReplayed
        limit = selection.limit
        after = selection.after
    }

    var selection: ParkedSelection {
        ParkedSelection(
            numbers: numbers.map { Set($0) }, sink: sink, table: table?.table,
            includesReplayed: includesReplayed ?? false, limit: limit, after: after ?? 0)
    }
}

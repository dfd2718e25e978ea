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

    /// - Parameter command: what is asked.
    public init(
        _ command: Command, tables: [TableReference]? = nil, findDeletes: Bool? = nil, parked: ParkedQuery? = nil
    ) {
        self.command = command
        self.tables = tables
        self.findDeletes = findDeletes
        self.parked = parked
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

public import Change

/// What one pipeline remembers across restarts. Every method that writes returns after the bytes are durable.
///
/// Methods block for one small transaction on local disk; the engine calls them from a thread that may block.
public protocol CheckpointStore: Sendable {
    /// Everything but the parked changes, as last saved.
    func load() throws -> PipelineState

    /// Saves everything in the update in one transaction.
    func save(_ update: StateUpdate) throws

    /// Sets changes aside. Durable before the write that they come from counts as settled.
    func park(_ changes: [ParkedChange]) throws
}

/// What a pipeline remembers.
public struct PipelineState: Sendable, Equatable {
    /// The source that the positions belong to; nil for a pipeline that never ran.
    public var source: SourceIdentity?
    /// Rises when positions may go back: a restored, replaced or failed-over source.
    public var epoch: UInt8 = 0
    /// A sink that was reset is there without anything known of it: what the pipeline wrote before may stand in it.
    public var sinks: [String: SinkState] = [:]

    public init() {}
}

/// What a pipeline remembers of one sink, by the sink's name in the pipeline.
public struct SinkState: Sendable, Equatable {
    public var progress: SourceProgress?
    public var incarnation: SinkIncarnation?
    /// By table.
    public var snapshots: [TableName: SnapshotState] = [:]
    /// By mapping name: writes of a version below the floor are stale, because a truncate removed their rows.
    public var floors: [String: Version] = [:]

    public init() {}
}

/// How far a table's snapshot is durable in one sink.
public struct SnapshotState: Sendable, Equatable {
    public var plan: SnapshotPlan
    /// Changes when the table's schema or the sink's mappings of it do: then a new run begins.
    public var fingerprint: UInt64
    public var finishedChunks: Set<Int>
    /// Whether the run ends with a sweep: what it did not find in the table is then deleted from the sink.
    public var findsDeletes: Bool
    public var isComplete: Bool
    /// Which of the sink's saves of snapshots was the last that brought something of this one, see
    /// ``SinkMarker/snapshotSaves``.
    public var lastSave: Int64

    public init(
        plan: SnapshotPlan, fingerprint: UInt64, finishedChunks: Set<Int> = [], findsDeletes: Bool = false,
        isComplete: Bool = false, lastSave: Int64 = 0
    ) {
        self.plan = plan
        self.fingerprint = fingerprint
        self.finishedChunks = finishedChunks
        self.findsDeletes = findsDeletes
        self.isComplete = isComplete
        self.lastSave = lastSave
    }
}

/// What changed since the last save; nil and empty parts stay as they are.
public struct StateUpdate: Sendable {
    public var source: SourceIdentity?
    public var epoch: UInt8?
    public var progress: [String: SourceProgress] = [:]
    public var incarnations: [String: SinkIncarnation] = [:]
    /// Snapshots begun or begun anew: replaces what was known of that sink and table.
    public var snapshotsBegun: [SnapshotKey: SnapshotState] = [:]
    public var chunksFinished: [SnapshotKey: Set<Int>] = [:]
    public var snapshotsCompleted: Set<SnapshotKey> = []
    /// By sink: the number of the save that brings the finished chunks and completed snapshots.
    public var snapshotSaves: [String: Int64] = [:]
    /// Snapshots of which a target that came back from older data lacks rows: nothing is known of them any more.
    public var snapshotsLost: Set<SnapshotKey> = []
    public var floors: [String: [String: Version]] = [:]

    public init() {}

    public var isEmpty: Bool {
        source == nil && epoch == nil && progress.isEmpty && incarnations.isEmpty && snapshotsBegun.isEmpty
            && chunksFinished.isEmpty && snapshotsCompleted.isEmpty && snapshotsLost.isEmpty && floors.isEmpty
    }
}

/// A table's snapshot in one sink.
public struct SnapshotKey: Hashable, Sendable {
    public var sink: String
    public var table: TableName

    public init(sink: String, table: TableName) {
        self.sink = sink
        self.table = table
    }
}

/// A change that was set aside, with its whole envelope.
public struct ParkedChange: Sendable {
    public var sink: String
    public var mapping: String
    public var table: TableName
    public var reason: String
    public var version: Version
    public var position: Position
    public var kind: ChangeKind
    /// The key's columns and the row's columns as JSON, for people and for a replay that re-reads the row.
    public var keyJSON: String
    public var envelopeJSON: String
    /// In microseconds since 1970.
    public var parkedAt: Int64

    public init(
        sink: String, mapping: String, table: TableName, reason: String, version: Version, position: Position,
        kind: ChangeKind, keyJSON: String, envelopeJSON: String, parkedAt: Int64
    ) {
        self.sink = sink
        self.mapping = mapping
        self.table = table
        self.reason = reason
        self.version = version
        self.position = position
        self.kind = kind
        self.keyJSON = keyJSON
        self.envelopeJSON = envelopeJSON
        self.parkedAt = parkedAt
    }
}

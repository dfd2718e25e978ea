public import Change
public import Threads

/// A database whose changes are read.
///
/// The engine calls ``prepare(resumingFrom:)`` once, then runs ``stream(_:after:into:)`` for the main feed until the
/// process ends, and beside it snapshots and look-ups. A source reconnects by itself: its stream method returns only
/// when it is cancelled, and throws only what connecting again cannot mend.
public protocol ChangeSource: ReadableSource {
    /// What a check of the real server finds: privileges, settings, tables, identities. Changes nothing there.
    func check() async -> [Diagnostic]

    /// Creates what is missing (publication, slot), verifies the rest, and says where streaming will begin.
    ///
    /// - Parameter checkpoint: what the pipeline has durable, nil for a pipeline that never ran.
    /// - Throws: ``MillraceError`` with the code `sourceChanged`, `positionLost`, `slotInUse` or `sourceRejected`,
    ///   each saying what to do.
    func prepare(resumingFrom checkpoint: SourceCheckpoint?) async throws -> SourceStart

    /// Streams transactions in commit order into the handover until cancelled.
    ///
    /// Transactions with a commit position at or below `progress.commit` are not delivered again. A transaction that
    /// touches nothing published still arrives, empty, now and then, so that an idle pipeline advances. After a broken
    /// connection delivery continues exactly where it stopped. The method never blocks its caller's thread; it keeps
    /// the connection alive while the handover is full.
    func stream(_ feed: Feed, after progress: SourceProgress, into handover: Handover<ChangeBatch>) async throws

    /// Tells the source what it may forget; called after the checkpoint that says so was fsynced. Never goes back.
    func acknowledge(_ progress: SourceProgress, of feed: Feed)

    /// Plans a run of a table: fixes P and cuts the table into chunks.
    ///
    /// - Precondition: the main feed is streaming.
    func planSnapshot(of table: TableName) async throws -> SnapshotPlan

    /// Plans a run that reads single rows again, by the values of their primary key in the key's order.
    ///
    /// Rows that the table no longer has are handed over as deletes of the run's version.
    func planReread(of table: TableName, keys: [[String]]) async throws -> SnapshotPlan

    /// Reads the chunks of a plan that are not in `finished` and sends their rows through the main feed's handover, as
    /// batches whose origin carries `run`. Returns when the last row was handed over.
    ///
    /// Rows are offered only where the handover's headroom has room for the lot `run`: while it has none, a sink that takes
    /// them is full.
    ///
    /// - Parameter purpose: what the rows are read for.
    /// - Throws: ``MillraceError`` with the code `snapshotVoid` when the table was written anew since the plan was made.
    func runSnapshot(
        _ plan: SnapshotPlan, run: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose
    ) async throws

    /// What the reading of a run waits for at the source, such as a transaction of somebody else's: a sentence for the
    /// operator, without values. Nil while it waits for nothing, and for a run that is not read.
    func hindrance(ofRun run: Int) -> String?

    /// How the source's log stands; asked for every few seconds.
    func health() async throws -> SourceHealth

    /// Ends a detached feed for good and frees what it holds at the source.
    func endFeed(_ feed: Feed) async throws

    /// Removes everything this pipeline created at the source.
    func remove() async throws
}

extension ChangeSource {
    public func hindrance(ofRun run: Int) -> String? { nil }
}

/// One stream of the source's changes.
public enum Feed: Hashable, Sendable {
    /// The pipeline's own stream.
    case main
    /// A copy of it for one sink that has fallen behind.
    case detached(sink: String)
}

/// What the pipeline has durable: the lowest checkpoint of its sinks, and the source it belongs to.
public struct SourceCheckpoint: Sendable {
    public var identity: SourceIdentity
    public var progress: SourceProgress

    public init(identity: SourceIdentity, progress: SourceProgress) {
        self.identity = identity
        self.progress = progress
    }
}

/// Where streaming begins.
public struct SourceStart: Sendable {
    public var identity: SourceIdentity
    public var progress: SourceProgress
    /// The pipeline's tables as they are now.
    public var tables: [TableSchema]

    public init(identity: SourceIdentity, progress: SourceProgress, tables: [TableSchema]) {
        self.identity = identity
        self.progress = progress
        self.tables = tables
    }
}

/// How the source's log stands for this pipeline.
public struct SourceHealth: Sendable {
    /// The newest position of the log, in the source's own form.
    public var head: UInt64
    /// Whether positions count bytes of log, so that the distance between two of them is an amount of log.
    public var countsBytes: Bool
    /// How many bytes of log the source keeps for this pipeline.
    public var retainedBytes: Int
    /// How many bytes it will keep at the most, nil for no limit.
    public var retainedBytesMax: Int?
    /// What the operator should know now.
    public var warnings: [String]

    public init(
        head: UInt64, retainedBytes: Int, retainedBytesMax: Int?, warnings: [String] = [], countsBytes: Bool = true
    ) {
        self.head = head
        self.retainedBytes = retainedBytes
        self.retainedBytesMax = retainedBytesMax
        self.warnings = warnings
        self.countsBytes = countsBytes
    }

    /// ``head`` where positions count bytes.
    public var headInBytes: UInt64? { countsBytes ? head : nil }
}

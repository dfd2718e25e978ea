public import Change

/// Where changes are applied.
///
/// The engine opens a sink once, prepares its mappings, and then calls ``apply(_:lane:)`` from one task per lane. A
/// sink reconnects by itself inside these calls; it never retries a write on its own, because the engine's retry table
/// decides.
public protocol ChangeSink: Sendable {
    var traits: SinkTraits { get }

    /// Connects and says which incarnation of the target answers (Redis: run id; Elasticsearch: cluster and index
    /// uuids). Called at the start, and again after an error with the code `sinkReplaced`.
    func open() async throws -> SinkIncarnation

    /// What a check of the real target finds: reachability, privileges, mappings, what each column becomes and loses.
    func check(_ mappings: [any RowMapping]) async -> [Diagnostic]

    /// Compiles how rows of one shape become writes. No I/O; called again when a table's schema changes.
    ///
    /// - Throws: ``ConfigurationErrors`` with the place of each wrong option.
    func makeMapping(_ request: MappingRequest) throws -> any RowMapping

    /// Creates or verifies what the mappings need in the target, such as indices. Called before the first write, and
    /// again for mappings that are new after a schema change.
    func prepare(_ mappings: [any RowMapping]) async throws

    /// The marker that the pipeline left in the target, nil where there is none.
    func readMarker(pipeline: String) async throws -> SinkMarker?

    /// Leaves the marker in the target; called after everything up to its position was applied.
    func writeMarker(_ marker: SinkMarker) async throws

    /// Applies writes in order and returns one result for each, in the same order.
    ///
    /// Writes of one sink key always come in the same lane, and a lane's next call begins after the last returned. A
    /// write that is not newer than what the target has must leave it untouched and counts as `stale`, unless the sink
    /// ``SinkTraits/comparesVersions`` no versions.
    ///
    /// - Throws: ``MillraceError`` when the outcome of the whole batch is unknown or nothing was applied: the engine
    ///   sends every write again.
    func apply(_ writes: [SinkWrite], lane: Int) async throws -> [ItemResult]

    /// Deletes every row of the mapping that is older than `floor`. Nothing of the mapping is in flight meanwhile.
    func truncate(_ mapping: any RowMapping, floor: Version) async throws

    /// Deletes the pipeline's marker. Rows stay.
    func removeMarker(pipeline: String) async throws

    func close() async
}

/// How the engine has to treat a sink.
public struct SinkTraits: Sendable {
    /// How many lanes run at once; each has one batch in flight.
    public var lanes: Int
    /// How many writes one batch holds at the most.
    public var batchCountMax: Int
    /// How many bytes of row values one batch holds at the most; a single larger row passes alone.
    public var batchBytesMax: Int
    /// Whether the target can keep a marker; one that cannot is never mistaken for another.
    public var keepsMarker: Bool
    /// Whether a write that is older than what stands there leaves it untouched. Where none does, what the stream brings
    /// again stands in its own version, until the stream has come to where it was.
    public var comparesVersions: Bool

    public init(
        lanes: Int, batchCountMax: Int, batchBytesMax: Int, keepsMarker: Bool = true, comparesVersions: Bool = true
    ) {
        self.lanes = lanes
        self.batchCountMax = batchCountMax
        self.batchBytesMax = batchBytesMax
        self.keepsMarker = keepsMarker
        self.comparesVersions = comparesVersions
    }
}

/// Which target answers: changes when it was wiped, swapped or restarted from older data.
public struct SinkIncarnation: Hashable, Sendable, Codable {
    public var parts: [String: String]

    public init(_ parts: [String: String]) {
        self.parts = parts
    }
}

/// What a pipeline leaves in each target, so that a foreign, wiped or restored one is noticed.
public struct SinkMarker: Hashable, Sendable, Codable {
    public var pipeline: String
    public var source: SourceIdentity
    public var epoch: UInt8
    /// Everything up to here was applied when the marker was written.
    public var progress: SourceProgress
    /// How often something of a snapshot had been settled and saved by then. A stream that stands still moves no
    /// position, so this tells whether a target that came back from older data lacks rows of a snapshot.
    public var snapshotSaves: Int64

    public init(
        pipeline: String, source: SourceIdentity, epoch: UInt8, progress: SourceProgress, snapshotSaves: Int64 = 0
    ) {
        self.pipeline = pipeline
        self.source = source
        self.epoch = epoch
        self.progress = progress
        self.snapshotSaves = snapshotSaves
    }

    /// A marker that does not say how often was left by a version which did not count.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        pipeline = try values.decode(String.self, forKey: .pipeline)
        source = try values.decode(SourceIdentity.self, forKey: .source)
        epoch = try values.decode(UInt8.self, forKey: .epoch)
        progress = try values.decode(SourceProgress.self, forKey: .progress)
        snapshotSaves = try values.decodeIfPresent(Int64.self, forKey: .snapshotSaves) ?? 0
    }
}

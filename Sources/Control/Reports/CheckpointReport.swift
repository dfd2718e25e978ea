internal import Change
public import Connector

/// What a pipeline's store remembers, for people.
public struct CheckpointReport: Codable, Sendable, Equatable {
    public var pipeline: String
    /// The source's identity, as `name=value` pairs.
    public var source: String?
    public var epoch: UInt8
    public var sinks: [SinkCheckpointReport]

    /// - Parameter state: the state to report.
    public init(pipeline: String, state: PipelineState) {
        self.pipeline = pipeline
        source = state.source?.description
        epoch = state.epoch
        sinks = state.sinks.sorted { $0.key < $1.key }.map(SinkCheckpointReport.init)
    }
}

/// What a pipeline's store remembers of one sink.
public struct SinkCheckpointReport: Codable, Sendable, Equatable {
    public var name: String
    public var progress: ProgressReport?
    public var snapshots: [SnapshotCheckpointReport]

    init(name: String, state: SinkState) {
        self.name = name
        progress = state.progress.map(ProgressReport.init)
        snapshots = state.snapshots.sorted { $0.key < $1.key }.map { table, snapshot in
            SnapshotCheckpointReport(
                table: table.description, complete: snapshot.isComplete,
                chunksFinished: snapshot.finishedChunks.count, chunkCount: snapshot.plan.chunkCount)
        }
    }
}

/// How far one table's snapshot is durable in one sink.
public struct SnapshotCheckpointReport: Codable, Sendable, Equatable {
    public var table: String
    public var complete: Bool
    public var chunksFinished: Int
    public var chunkCount: Int
}

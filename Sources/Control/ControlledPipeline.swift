public import Change
public import Connector
public import Engine

/// A running pipeline as commands see it. Every method may be called from any task at any time.
public protocol ControlledPipeline: Sendable {
    var pipeline: String { get }
    var status: PipelineStatus { get }

    /// Takes nothing new until ``resume()``; the source's connection stays alive.
    func pause()
    func resume()

    /// Takes nothing new, settles what was taken, and ends.
    func drain()

    /// Begins a new run of these tables in every sink that they go to, and deletes there what it does not find if it
    /// is to find deletes; returns when it has begun.
    func snapshot(_ tables: [TableName], findingDeletes: Bool) async throws

    /// Reads the rows of parked changes of one table and one sink again, and applies them.
    func replay(_ records: [ParkedRecord]) async throws

    /// The newest position of the source's log, asked for now.
    func head() async throws -> UInt64
}

extension PipelineRunner: ControlledPipeline {}

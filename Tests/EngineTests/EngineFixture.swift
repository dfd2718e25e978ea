import Change
import Connector
import ConnectorTestKit
import Logging
import Pipelines

@testable import Engine

/// A pipeline over simulated connectors.
struct EngineFixture {
    let source: SimulatedSource
    let store: MemoryCheckpointStore
    let runner: PipelineRunner

    static let location = SourceLocation(file: "test.yaml", line: 1, column: 1)

    init(
        history: RandomHistory, through: (SimulatedSource) -> any ChangeSource = { $0 }, sinks: [any ChangeSink],
        store: MemoryCheckpointStore = MemoryCheckpointStore(),
        storing: (MemoryCheckpointStore) -> any CheckpointStore & ParkedChangeStore = { $0 },
        transform: TransformSpec = TransformSpec(), isAppending: Bool = false, snapshot: SnapshotMode = .never,
        options: EngineOptions = EngineOptions()
    ) {
        source = SimulatedSource(tables: [RandomHistory.items], history: history.batches)
        self.store = store
        let write = WriteDocument(
            name: "items", from: Located(RandomHistory.items.table, at: Self.location), transform: transform,
            options: OptionValues(
                ["append": .init(value: .boolean(isAppending), location: Self.location)], at: Self.location),
            fingerprint: 1)
        let document = PipelineDocument(
            file: "test.yaml", name: "test",
            source: SourceDocument(
                kind: "simulated", options: OptionValues(at: Self.location),
                tables: [Located(RandomHistory.items.table, at: Self.location)], snapshot: snapshot),
            sinks: sinks.indices.map { index in
                SinkDocument(
                    kind: "simulated", name: "sink\(index)", options: OptionValues(at: Self.location), writes: [write])
            })
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var options = options
        options.checkpointEvery = .seconds(2)
        runner = PipelineRunner(
            document: document, source: through(source), sinks: sinks, store: storing(store), options: options,
            clock: ImpatientClock(),
            logger: logger)
    }

    /// Runs until every sink has applied and checkpointed the whole history, and drains.
    func runToEnd(of history: RandomHistory) async throws {
        try await runner.runUntilSaved(through: history.batches.last?.transactions.last?.commit ?? 0)
    }
}

extension PipelineRunner {
    /// Runs until every sink has applied and checkpointed everything up to a commit, and drains.
    func runUntilSaved(through commit: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.run() }
            group.addTask {
                while self.status.sinks.isEmpty
                    || !self.status.sinks.allSatisfy({ ($0.checkpoint?.commit ?? 0) >= commit })
                {
                    try await Task.sleep(for: .milliseconds(1))
                }
                self.drain()
            }
            while try await group.next() != nil {}
        }
    }
}

/// The machine's clock, with waits a thousand times shorter.
struct ImpatientClock: EngineClock {
    private let system = SystemClock()

    func now() -> Int64 { system.now() }
    func monotonic() -> Duration { system.monotonic() * 1_000 }
    func sleep(for duration: Duration) async throws { try await system.sleep(for: duration / 1_000) }
    func random() -> Double { system.random() }
}

import Change
import Connector
import ConnectorTestKit
import Logging
import Pipelines

@testable import Engine

/// A pipeline whose mappings look one another's tables up: lines take the buyer of their sale, sales count their lines.
struct JoinFixture {
    let source: SimulatedSource
    let sink: SimulatedSink
    let runner: PipelineRunner

    static func place(_ line: Int = 1) -> SourceLocation { SourceLocation(file: "test.yaml", line: line, column: 1) }
    static func at<Value: Sendable>(_ value: Value) -> Located<Value> { Located(value, at: place()) }

    static let buyers = LookupDocument(
        from: at(SaleHistory.sales.table), pairs: [.init(other: at("id"), own: at("sale"))],
        gain: .take([.init(name: at("buyer"), column: at("buyer"))]))
    static let lineCounts = LookupDocument(
        from: at(SaleHistory.lines.table), pairs: [.init(other: at("sale"), own: at("id"))],
        gain: .count(at("lines")))

    static func write(
        _ table: TableSchema, key: String, _ lookups: [LookupDocument], _ transform: TransformSpec = TransformSpec(),
        isAppending: Bool = false
    ) -> WriteDocument {
        WriteDocument(
            name: table.table.name, from: at(table.table), lookups: lookups, transform: transform,
            options: OptionValues(
                [
                    "key": .init(value: .text(key), location: place()),
                    "append": .init(value: .boolean(isAppending), location: place()),
                ], at: place()), fingerprint: 1)
    }

    static let writes = [
        write(SaleHistory.lines, key: "line:{id}", [buyers]), write(SaleHistory.sales, key: "sale:{id}", [lineCounts]),
    ]

    init(
        _ history: [ChangeBatch], sink: SimulatedSink = SimulatedSink(), writes: [WriteDocument] = Self.writes,
        store: MemoryCheckpointStore = MemoryCheckpointStore(), options: EngineOptions = EngineOptions()
    ) {
        source = SimulatedSource(
            tables: [SaleHistory.sales, SaleHistory.lines], history: history, showsWhatIsAskedForAlone: true)
        self.sink = sink
        let document = PipelineDocument(
            file: "test.yaml", name: "test",
            source: SourceDocument(
                kind: "simulated", options: OptionValues(at: Self.place()),
                tables: source.tables.map { Self.at($0.table) }, snapshot: .never),
            sinks: [
                SinkDocument(kind: "simulated", name: "sink", options: OptionValues(at: Self.place()), writes: writes)
            ])
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var options = options
        options.checkpointEvery = .seconds(2)
        runner = PipelineRunner(
            document: document, source: source, sinks: [sink], store: store, options: options, clock: ImpatientClock(),
            logger: logger)
    }

    /// Runs until the sink has applied and checkpointed the whole history, and drains.
    func runToEnd() async throws { try await runner.runUntilSaved(through: source.lastCommit) }
}

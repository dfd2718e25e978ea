import Randomness
import Change
import Connector
import ConnectorTestKit
import Logging
import Pipelines
import Synchronization
import Testing

@testable import Engine

/// What vanished while nothing followed the table, and what must not be taken for it.
@Suite(.timeLimit(.minutes(3)))
struct SweepTests {
    @Test(arguments: 0..<60 as Range<UInt64>)
    func afterAGapTheSinkHasTheSourcesRowsWhateverTheStreamBroughtMeanwhile(seed: UInt64) async throws {
        var random = SeededNumbers(seed: seed)
        let gap = Gap(seed: seed, using: &random)
        let faults = FaultPlan(seed: seed)
        let sink = SimulatedSink(fault: { faults.next() })
        let store = MemoryCheckpointStore()
        try await run(followed: gap.followed, sink: sink, store: store)
        let isOtherSource = Bool.random(using: &random)
        if isOtherSource {
            try store.reset(sinks: ["sink0"], above: 0)
        } else {
            store.reset(sinks: ["sink0"])
        }
        var plan = gap.plan
        if !isOtherSource { plan.identity = SimulatedSource.identity }
        let runner = makeRunner(TableInGap(plan, schema: RandomHistory.items), sink: sink, store: store)
        try await runToEnd(runner, last: gap.lastCommit)
        #expect(sink.rows == gap.rows, "seed \(seed)")
        #expect(try store.load().sinks["sink0"]?.snapshots[RandomHistory.items.table]?.isComplete == true)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func aRowThatTheStreamBringsAgainStaysInASinkThatComparesNoVersions(seed: UInt64) async throws {
        var random = SeededNumbers(seed: seed)
        var gap = Gap(seed: seed, isBehind: true, using: &random)
        gap.plan.identity = SimulatedSource.identity
        let faults = FaultPlan(seed: seed)
        let sink = SimulatedSink(
            traits: SinkTraits(lanes: 3, batchCountMax: 7, batchBytesMax: 1 << 16, comparesVersions: false),
            fault: { faults.next() })
        let store = MemoryCheckpointStore()
        try await run(followed: gap.followed, sink: sink, store: store)
        let first = gap.plan.rows.prefix(gap.plan.rows.count / gap.plan.chunks)
        gap.plan.untilFirstIsThere = {
            while !first.allSatisfy({ sink.rows[$0[0] ?? ""] == $0 }) { try await Task.sleep(for: .milliseconds(1)) }
        }
        let runner = makeRunner(TableInGap(gap.plan, schema: RandomHistory.items), sink: sink, store: store)
        try await runToEnd(runner, last: gap.lastCommit)
        #expect(sink.rows == gap.rows, "seed \(seed)")
    }

    @Test func aFirstLoadDeletesNothing() async throws {
        let sink = SimulatedSink()
        let source = TableInGap(
            TableInGap.Plan(rows: [["1", "one", nil]], commit: 500), schema: RandomHistory.items)
        let store = MemoryCheckpointStore()
        let runner = makeRunner(source, sink: sink, store: store)
        try await runToEnd(runner, last: 0)
        #expect(sink.rows == ["1": ["1", "one", nil]])
        #expect(try store.load().sinks["sink0"]?.snapshots[RandomHistory.items.table]?.findsDeletes == false)
    }

    @Test func aSnapshotThatFindsDeletesLeavesOnlyWhatItRead() async throws {
        let sink = SimulatedSink()
        let old = RandomHistory(seed: 4, transactions: 30)
        let store = MemoryCheckpointStore()
        try await run(followed: old.batches, sink: sink, store: store)
        var plan = TableInGap.Plan(rows: [["1", "one", nil], ["77", "new", "big"]], commit: 900_000)
        plan.identity = SimulatedSource.identity
        let source = TableInGap(plan, schema: RandomHistory.items)
        let runner = makeRunner(source, sink: sink, store: store, snapshot: .never)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.run() }
            while runner.status.phase != .running { try await Task.sleep(for: .milliseconds(1)) }
            try await runner.snapshot([RandomHistory.items.table], findingDeletes: false)
            try await untilComplete(runner)
            #expect(Set(sink.rows.keys).isSuperset(of: old.rows.keys))
            try await runner.snapshot([RandomHistory.items.table], findingDeletes: true)
            #expect(runner.status.snapshots.count == 1)
            while source.runs.withLock({ $0 }) < 2 { try await Task.sleep(for: .milliseconds(1)) }
            try await untilComplete(runner)
            #expect(sink.rows == ["1": ["1", "one", nil], "77": ["77", "new", "big"]])
            let deleted = Set(old.rows.keys).subtracting(["1"]).count
            #expect(runner.status.snapshots.last?.rowsDeleted == UInt64(deleted))
            runner.drain()
            try await group.next()
        }
    }

    /// The stream stands still meanwhile, so that no position tells.
    @Test func aTableIsReadAgainWhoseRowsASinkLostByComingBackFromOlderData() async throws {
        let sink = SimulatedSink()
        let store = MemoryCheckpointStore()
        let rows = [["1", "one", nil], ["77", "new", "big"]] as [[String?]]
        let source = TableInGap(TableInGap.Plan(rows: rows, commit: 500), schema: RandomHistory.items)
        try await runToEnd(makeRunner(source, sink: sink, store: store), last: 0)
        let marker = try #require(sink.marker)
        var older = marker
        older.snapshotSaves -= 1
        sink.comeBack(with: older)
        try await runToEnd(makeRunner(source, sink: sink, store: store), last: 0)
        #expect(sink.rows == ["1": ["1", "one", nil], "77": ["77", "new", "big"]])
        #expect(source.runs.withLock { $0 } == 2)
        #expect(try #require(sink.marker).snapshotSaves > marker.snapshotSaves)
    }

    @Test func aRowWhoseChangeIsParkedIsSpared() async throws {
        let sink = SimulatedSink()
        let old = RandomHistory(seed: 5, transactions: 40)
        let store = MemoryCheckpointStore()
        try await run(followed: old.batches, sink: sink, store: store)
        let kept = try #require(old.rows.keys.sorted().first)
        sink.refuse(kept)
        try store.reset(sinks: ["sink0"], above: 0)
        let source = TableInGap(
            TableInGap.Plan(rows: [[kept, "never written", nil], ["77", "new", nil]], commit: 900_000),
            schema: RandomHistory.items)
        try await runToEnd(makeRunner(source, sink: sink, store: store), last: 0)
        #expect(sink.rows == [kept: try #require(old.rows[kept]), "77": ["77", "new", nil]])
        #expect(try store.parkedCount(.waiting) == 1)
    }

    @Test func aRowThatNoLongerPassesTheConditionLeavesTheSink() async throws {
        let sink = SimulatedSink()
        let old = RandomHistory(seed: 6, transactions: 40)
        let store = MemoryCheckpointStore()
        try await run(followed: old.batches, sink: sink, store: store)
        let kept = try #require(old.rows.keys.sorted().first)
        try store.reset(sinks: ["sink0"], above: 0)
        let source = TableInGap(
            TableInGap.Plan(rows: [[kept, "gone", nil], ["77", "here", nil]], commit: 900_000),
            schema: RandomHistory.items)
        var transform = TransformSpec()
        transform.filter = LocatedText("name = 'here'", at: EngineFixture.location)
        try await runToEnd(makeRunner(source, sink: sink, store: store, transform: transform), last: 0)
        #expect(sink.rows == ["77": ["77", "here", nil]])
    }

    @Test func aRowThatIsReadAgainAndNoLongerPassesTheConditionLeavesTheSink() async throws {
        let sink = SimulatedSink()
        let old = RandomHistory(seed: 6, transactions: 40)
        let store = MemoryCheckpointStore()
        try await run(followed: old.batches, sink: sink, store: store)
        let keys = Array(old.rows.keys.sorted().prefix(2))
        var expected = old.rows
        expected[keys[0]] = nil
        expected[keys[1]] = [keys[1], "here", nil]
        let read = TableInGap.Plan(
            rows: [[keys[0], "gone", nil], [keys[1], "here", nil]], commit: 900_000, identity: SimulatedSource.identity)
        var transform = TransformSpec()
        transform.filter = LocatedText("name = 'here'", at: EngineFixture.location)
        let runner = makeRunner(
            TableInGap(read, schema: RandomHistory.items), sink: sink, store: store, transform: transform,
            snapshot: .never)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.run() }
            while runner.status.phase != .running { try await Task.sleep(for: .milliseconds(1)) }
            try await runner.reread(keys.map { [$0] }, of: RandomHistory.items.table, in: "sink0")
            runner.drain()
            try await group.next()
        }
        #expect(sink.rows == expected)
    }

    @Test func aSweepThatAKillInterruptedIsDoneByTheNextRun() async throws {
        let sink = SimulatedSink()
        let old = RandomHistory(seed: 7, transactions: 40)
        let store = MemoryCheckpointStore()
        try await run(followed: old.batches, sink: sink, store: store)
        try store.reset(sinks: ["sink0"], above: 0)
        let plan = TableInGap.Plan(rows: [["77", "here", nil]], commit: 900_000)
        // Everything is durable but the end.
        var state = try store.load()
        state.source = plan.identity
        state.sinks["sink0"]?.progress = SourceProgress(commit: 5, end: 5)
        let table = RandomHistory.items.table
        let planned = try await TableInGap(plan, schema: RandomHistory.items).planSnapshot(of: table)
        let fingerprint = SnapshotFingerprint.of(RandomHistory.items.id, mapping: 1)
        state.sinks["sink0"]?.snapshots[table] = SnapshotState(
            plan: planned, fingerprint: fingerprint, finishedChunks: [0, 1], findsDeletes: true)
        try await sink.writeMarker(
            SinkMarker(
                pipeline: "test", source: plan.identity, epoch: 1, progress: SourceProgress(commit: 5, end: 5)))
        let killed = MemoryCheckpointStore(state)
        try await runToEnd(
            makeRunner(TableInGap(plan, schema: RandomHistory.items), sink: sink, store: killed), last: 0)
        #expect(sink.rows.isEmpty)
        #expect(try killed.load().sinks["sink0"]?.snapshots[table]?.isComplete == true)
    }

    // MARK: Running

    /// The life before the gap.
    private func run(followed: [ChangeBatch], sink: SimulatedSink, store: MemoryCheckpointStore) async throws {
        let source = SimulatedSource(tables: [RandomHistory.items], history: followed)
        let runner = makeRunner(source, sink: sink, store: store, snapshot: .never)
        let last = followed.last?.transactions.last?.commit ?? 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.run() }
            while (runner.status.sinks.first?.checkpoint?.commit ?? 0) < last || runner.status.sinks.isEmpty {
                try await Task.sleep(for: .milliseconds(1))
            }
            runner.drain()
            try await group.next()
        }
    }

    private func runToEnd(_ runner: PipelineRunner, last: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.run() }
            try await untilComplete(runner)
            while (runner.status.sinks.first?.checkpoint?.commit ?? 0) < last {
                try await Task.sleep(for: .milliseconds(1))
            }
            runner.drain()
            try await group.next()
        }
    }

    private func untilComplete(_ runner: PipelineRunner) async throws {
        while runner.status.snapshots.isEmpty || !runner.status.snapshots.allSatisfy(\.isComplete) {
            if case .failed(let reason) = runner.status.phase { throw MillraceError(.invariant, reason) }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private func makeRunner(
        _ source: any ChangeSource, sink: SimulatedSink, store: MemoryCheckpointStore,
        transform: TransformSpec = TransformSpec(), snapshot: SnapshotMode = .initial
    ) -> PipelineRunner {
        let place = EngineFixture.location
        let table = Located(RandomHistory.items.table, at: place)
        let write = WriteDocument(
            name: "items", from: table, transform: transform, options: OptionValues(at: place), fingerprint: 1)
        let document = PipelineDocument(
            file: "test.yaml", name: "test",
            source: SourceDocument(
                kind: "simulated", options: OptionValues(at: place), tables: [table], snapshot: snapshot),
            sinks: [SinkDocument(kind: "simulated", name: "sink0", options: OptionValues(at: place), writes: [write])])
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var options = EngineOptions()
        options.checkpointEvery = .seconds(2)
        return PipelineRunner(
            document: document, source: source, sinks: [sink], store: store, options: options, clock: ImpatientClock(),
            logger: logger)
    }
}

/// A history of a table, of which a pipeline followed the first part, then nothing, and then again the rest: from before
/// the snapshot's P, because the stream lags.
private struct Gap {
    var followed: [ChangeBatch]
    var plan: TableInGap.Plan
    /// The rows at the end, by sink key.
    var rows: [String: [String?]]
    var lastCommit: UInt64

    /// - Parameter isBehind: whether nothing overtakes the rows, which are those of the end, and what is older than they
    ///   are comes amid them.
    init(seed: UInt64, isBehind: Bool = false, using random: inout SeededNumbers) {
        let history = RandomHistory(seed: seed, transactions: 80, keys: 9, size: 1...5)
        let batches = history.batches
        // Where every transaction is whole.
        let cuts = batches.indices.filter { $0 > 0 && batches[$0 - 1].transactions.last?.isComplete == true }
        var places = (0..<4).map { _ in cuts.randomElement(using: &random) ?? 1 }.sorted()
        if isBehind { places[2...] = [batches.count, batches.count] }
        followed = Array(batches[..<places[0]])
        let atP = Array(batches[..<places[2]])
        let overtaking = Array(batches[places[2]..<places[3]])
        let touched = Self.keys(touchedBy: overtaking)
        let schema = RandomHistory.items
        let rowsAtP = SimulatedSource.rows(after: atP, in: schema).filter { row in
            touched.map { !$0.contains(row.text(0) ?? "") } ?? false
        }
        plan = TableInGap.Plan(
            rows: rowsAtP.map { row in schema.columns.indices.map { row.text($0) } },
            before: isBehind ? [] : Array(batches[places[1]..<places[3]]),
            between: isBehind ? Array(batches[places[1]..<places[2]]) : [],
            after: Array(batches[places[3]...]),
            commit: atP.last?.transactions.last?.commit ?? 0,
            newest: SimulatedSource.rows(after: batches, in: schema))
        rows = history.rows
        lastCommit = batches.last?.transactions.last?.commit ?? 0
    }

    /// The keys that changes touch; nil for all of them, by a truncate.
    private static func keys(touchedBy batches: [ChangeBatch]) -> Set<String>? {
        var keys: Set<String> = []
        for batch in batches {
            for change in batch.changes {
                if change.kind == .truncate { return nil }
                if let old = batch.oldRow(change)?.text(0) { keys.insert(old) }
                if change.hasNewRow, let new = batch.newRow(change).text(0) { keys.insert(new) }
            }
        }
        return keys
    }
}

import Change
import Connector
import ConnectorTestKit
import Testing
import Threads

@testable import Engine

/// An audit does not outlive the run that it looks at.
@Suite(.timeLimit(.minutes(1)))
struct AuditEndTests {
    /// Runs a pipeline whose source stands, and looks at it once its sink is there; the body ends the run.
    private func whileRunning(
        seed: UInt64, _ body: @escaping @Sendable (PipelineRunner) async throws -> Void
    ) async throws {
        let history = RandomHistory(seed: seed, transactions: 20)
        let runner = EngineFixture(history: history, through: StandingSource.init, sinks: [SimulatedSink()]).runner
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.run() }
            group.addTask {
                while runner.status.sinks.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
                try await body(runner)
            }
            while try await group.next() != nil {}
        }
    }

    private func looks(of runner: PipelineRunner) throws -> [AuditLook] {
        try runner.auditTargets().map { AuditLook(.compare, at: $0) }
    }

    @Test func aPassFailsAtOnceWhenItsRunEnds() async throws {
        try await whileRunning(seed: 1) { runner in
            let error = await #expect(throws: MillraceError.self) {
                _ = try await runner.look(
                    RandomHistory.items.table, keys: [["1"]], try looks(of: runner),
                    at: AuditPace(patience: .seconds(100_000_000))
                ) { progress in
                    // It is under way, and nothing of it will ever come.
                    #expect(progress.waitsFor == StandingSource.hindrance)
                    runner.drain()
                }
            }
            #expect(error?.code == .runEnded)
            let next = await #expect(throws: MillraceError.self) {
                _ = try await runner.look(RandomHistory.items.table, keys: [["1"]], try looks(of: runner))
            }
            #expect(next?.code == .runEnded)
            await #expect(throws: MillraceError.self) {
                try await runner.reread([["1"]], of: RandomHistory.items.table, in: "sink0")
            }
        }
    }

    @Test func whatTheSourceWaitsForIsNamedWhenThePatienceEnds() async throws {
        try await whileRunning(seed: 2) { runner in
            let error = await #expect(throws: MillraceError.self) {
                _ = try await runner.look(
                    RandomHistory.items.table, keys: [["1"]], try looks(of: runner),
                    at: AuditPace(patience: .seconds(60)))
            }
            #expect(error?.code == .sourceUnavailable)
            #expect(error?.message.contains(StandingSource.hindrance) == true)
            runner.drain()
        }
    }
}

/// A source of which no snapshot's row ever comes.
private final class StandingSource: ChangeSource {
    static let hindrance = "somebody else's transaction has not ended"
    private let base: SimulatedSource

    init(_ base: SimulatedSource) { self.base = base }

    func planSnapshot(of table: TableName) async throws -> SnapshotPlan {
        SnapshotPlan(
            table: table, tableID: base.tables[0].id, commit: 0, chunkCount: 1, rowsEstimated: 5, bytesEstimated: 0,
            isResumable: true, ranges: "")
    }

    func planReread(of table: TableName, keys: [[String]]) async throws -> SnapshotPlan {
        try await planSnapshot(of: table)
    }

    func runSnapshot(
        _ plan: SnapshotPlan, run: Int, skipping finished: Set<Int>, for purpose: SnapshotPurpose
    ) async throws {
        try await Task.sleep(for: .seconds(3600))
    }

    func hindrance(ofRun run: Int) -> String? { Self.hindrance }

    func check() async -> [Diagnostic] { await base.check() }
    func prepare(resumingFrom checkpoint: SourceCheckpoint?) async throws -> SourceStart {
        try await base.prepare(resumingFrom: checkpoint)
    }
    func stream(_ feed: Feed, after progress: SourceProgress, into handover: Handover<ChangeBatch>) async throws {
        try await base.stream(feed, after: progress, into: handover)
    }
    func acknowledge(_ progress: SourceProgress, of feed: Feed) { base.acknowledge(progress, of: feed) }
    func health() async throws -> SourceHealth { try await base.health() }
    func endFeed(_ feed: Feed) async throws {}
    func remove() async throws {}
    func describe(_ tables: [TableName]) async throws -> [TableSchema] { try await base.describe(tables) }
    func lookup(_ request: LookupRequest) async throws -> LookupResult { try await base.lookup(request) }
}

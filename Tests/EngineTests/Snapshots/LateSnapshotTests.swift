import Change
import Connector
import ConnectorTestKit
import Pipelines
import Synchronization
import Testing

@testable import Engine

/// Rows that a slow sink could not take are owed to it until it has them.
@Suite(.timeLimit(.minutes(1)))
struct LateSnapshotTests {
    private static let rows = (0..<600).map { ["\($0)", "name \($0)", nil] }

    private func fixture(
        _ sinks: [SimulatedSink], whileRowsWait: [ChangeBatch] = [], latenessWindow: Duration = .milliseconds(200)
    ) -> (fixture: EngineFixture, source: TableInGap) {
        var options = EngineOptions()
        options.latenessWindow = latenessWindow
        options.inboxBytes = 10_000
        options.pendingBytes = 2_000
        options.handoverBytes = 2_000
        let source = TableInGap(
            TableInGap.Plan(rows: Self.rows, chunks: 60, whileRowsWait: whileRowsWait, commit: 500),
            schema: RandomHistory.items)
        let fixture = EngineFixture(
            history: RandomHistory(seed: 1, transactions: 1), through: { _ in source }, sinks: sinks,
            snapshot: .initial, options: options)
        return (fixture, source)
    }

    @Test func aLoadIsNotOverBeforeTheSlowSinkHasItAndThenItIs() async throws {
        let gate = Door(isOpen: false)
        let slow = SimulatedSink(hold: { await gate.pass() })
        let healthy = SimulatedSink()
        let (fixture, source) = fixture([slow, healthy])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.runner.run() }
            group.addTask {
                while healthy.rows.count < Self.rows.count { try await Task.sleep(for: .milliseconds(1)) }
                #expect(slow.rows.isEmpty)
                let snapshots = fixture.runner.status.snapshots
                #expect(snapshots.contains { !$0.isComplete })
                #expect(snapshots.flatMap(\.sinks).sorted() == ["sink0", "sink1"])
                let table = RandomHistory.items.table
                let targets = try fixture.runner.auditTargets(of: [table])
                #expect(targets.first { $0.sink == "sink0" }?.obstacle?.contains("being loaded") == true)
                gate.open()
                while !fixture.runner.status.snapshots.allSatisfy(\.isComplete) {
                    try await Task.sleep(for: .milliseconds(1))
                }
                #expect(slow.rows.count == Self.rows.count)
                let after = try fixture.runner.auditTargets(of: [table])
                #expect(after.allSatisfy { $0.obstacle?.contains("being loaded") != true })
                fixture.runner.drain()
            }
            while try await group.next() != nil {}
        }
        #expect(slow.rows == healthy.rows)
        #expect(source.runs.withLock { $0 } >= 2)
    }

    /// Nobody is late in this test: what has no room waits where it is, for ever.
    @Test func rowsWaitForASlowSinkAtTheSourceAndTheStreamDoesNot() async throws {
        let gate = Door(isOpen: false)
        let slow = SimulatedSink(hold: { await gate.pass() })
        let healthy = SimulatedSink()
        var history = HistoryBuilder()
        history.insert(RandomHistory.items, ["streamed", "meanwhile", nil])
        history.end()
        let (fixture, source) = fixture(
            [slow, healthy], whileRowsWait: history.take(), latenessWindow: .seconds(3_600))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.runner.run() }
            group.addTask {
                while !healthy.rows.values.contains(["streamed", "meanwhile", nil]) {
                    try await Task.sleep(for: .milliseconds(1))
                }
                #expect(slow.rows.isEmpty && healthy.rows.count < Self.rows.count)
                gate.open()
                while slow.rows.count <= Self.rows.count || healthy.rows.count <= Self.rows.count {
                    try await Task.sleep(for: .milliseconds(1))
                }
                fixture.runner.drain()
            }
            while try await group.next() != nil {}
        }
        #expect(slow.rows == healthy.rows)
        #expect(source.runs.withLock { $0 } == 1)
    }
}

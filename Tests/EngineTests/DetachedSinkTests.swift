import Change
import Connector
import ConnectorTestKit
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1)))
struct DetachedSinkTests {
    @Test(arguments: 0..<10)
    func aSinkThatStandsStillIsFedByItselfUntilItHasCaughtUp(seed: Int) async throws {
        let history = RandomHistory(seed: UInt64(seed), transactions: 400)
        let gate = Door(isOpen: false)
        let stuck = SimulatedSink(hold: { await gate.pass() })
        let healthy = SimulatedSink()
        var options = EngineOptions()
        options.inboxBytes = 2_000
        options.pendingBytes = 2_000
        options.handoverBytes = 2_000
        let fixture = EngineFixture(history: history, sinks: [stuck, healthy], options: options)
        let last = try #require(history.batches.last?.transactions.last?.commit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.runToEnd(of: history) }
            group.addTask {
                while (fixture.runner.status.sinks.last?.checkpoint?.commit ?? 0) < last {
                    try await Task.sleep(for: .milliseconds(1))
                }
                // The healthy sink is done while the other one has not begun.
                #expect(healthy.rows == history.rows)
                #expect(stuck.rows.isEmpty)
                #expect(fixture.runner.status.sinks.first?.isDetached == true)
                gate.open()
            }
            while try await group.next() != nil {}
        }
        #expect(stuck.rows == history.rows)
    }
}

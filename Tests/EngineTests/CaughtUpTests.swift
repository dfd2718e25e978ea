import Connector
import ConnectorTestKit
import Testing

@testable import Engine

/// "Caught up" is said of what the source's log holds, not of what happens to have come.
@Suite(.timeLimit(.minutes(1)))
struct CaughtUpTests {
    @Test func aSinkIsCaughtUpWhereTheLogEnds() async throws {
        let history = RandomHistory(seed: 1)
        let fixture = EngineFixture(history: history, sinks: [SimulatedSink()])
        let end = fixture.source.head
        fixture.source.head = end + 1
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.runner.run() }
            group.addTask {
                var status = fixture.runner.status
                while status.sinks.first?.checkpoint?.end != end || status.source.health == nil {
                    try await Task.sleep(for: .milliseconds(1))
                    status = fixture.runner.status
                }
                #expect(!status.isCaughtUp)
                fixture.source.head = end
                while !fixture.runner.status.isCaughtUp { try await Task.sleep(for: .milliseconds(1)) }
                fixture.runner.drain()
            }
            while try await group.next() != nil {}
        }
    }
}

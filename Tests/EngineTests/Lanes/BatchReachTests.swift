import Connector
import ConnectorTestKit
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct BatchReachTests {
    @Test func itShrinksAtOnceAndGrowsByAndBy() {
        var reach = BatchReach(upTo: 100)
        #expect(reach.count == 100)
        reach.noteFailure(of: 100)
        reach.noteFailure(of: 50)
        #expect(reach.count == 25)
        reach.noteSuccess()
        #expect(reach.count == 28)
        reach.noteFailure(of: 1)
        #expect(reach.count == 1)
        for _ in 0..<60 { reach.noteSuccess() }
        #expect(reach.count == 100)
    }

    /// A link on which a whole batch takes longer than the sink waits.
    @Test func aSinkThatAnswersOnlyShortBatchesGetsThem() async throws {
        let history = RandomHistory(seed: 3)
        let sink = SimulatedSink(reach: 2)
        let fixture = EngineFixture(history: history, sinks: [sink])
        try await fixture.runToEnd(of: history)
        #expect(sink.rows == history.rows)
        #expect(fixture.runner.status.sinks.allSatisfy { $0.retries > 0 })
    }
}

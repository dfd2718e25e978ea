import Connector
import Testing

@Suite struct ReadReachTests {
    @Test func itFollowsWhatTheLastAnswerHad() {
        var reach = ReadReach(from: 4, to: 64, bytesWanted: 1_000)
        #expect(reach.count == 4)
        reach.note(bytes: 40, of: 4)
        #expect(reach.count == 8)
        reach.note(bytes: 4_000, of: 8)
        #expect(reach.count == 2)
        reach.note(bytes: 100_000, of: 2)
        #expect(reach.count == 1)
        for _ in 0..<10 { reach.note(bytes: 0, of: 0) }
        #expect(reach.count == 64)
    }
}

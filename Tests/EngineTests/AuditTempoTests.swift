import Testing

@testable import Engine

struct AuditTempoTests {
    @Test func whatIsAheadOfThePaceWaitsAndWhatIsBehindDoesNot() {
        let tempo = AuditTempo(began: .seconds(10), rowsPerSecond: 200)
        #expect(tempo.pause(after: 0, at: .seconds(10)) == .zero)
        #expect(tempo.pause(after: 300, at: .seconds(10)) == .milliseconds(1_500))
        #expect(tempo.pause(after: 300, at: .milliseconds(11_200)) == .milliseconds(300))
        #expect(tempo.pause(after: 300, at: .seconds(20)) < .zero)
    }
}

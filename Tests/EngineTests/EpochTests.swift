import Change
import Connector
import ConnectorTestKit
import Testing

@testable import Engine

/// A pipeline whose source's positions have gone back: restored, replaced or failed over.
@Suite(.timeLimit(.minutes(2)))
struct EpochTests {
    @Test(arguments: 0..<10 as Range<UInt64>)
    func afterAResetARestoredSourceWithLowerPositionsWinsOverWhatStandsInTheSink(seed: UInt64) async throws {
        let long = RandomHistory(seed: seed, transactions: 60)
        let sink = SimulatedSink()
        let store = MemoryCheckpointStore()
        try await EngineFixture(history: long, sinks: [sink], store: store).runToEnd(of: long)
        #expect(sink.rows == long.rows)
        // Every position of the restored source is one that the old one had too.
        let restored = RandomHistory(seed: seed + 1_000, transactions: 20)
        try store.reset(sinks: ["sink0"], above: 0)
        let again = EngineFixture(history: restored, sinks: [sink], store: store)
        try await again.runToEnd(of: restored)
        for (key, row) in restored.rows { #expect(sink.rows[key] == row) }
        let counts = try #require(again.runner.status.sinks.first?.ledger.first?.counts)
        #expect(counts.stale == 0)
        #expect(sink.marker?.epoch == 1)
        #expect(try store.load().epoch == 1)
    }

    @Test func withoutAResetASinkOfAnEarlierEpochIsRefused() async throws {
        let history = RandomHistory(seed: 1, transactions: 10)
        let sink = SimulatedSink()
        let store = MemoryCheckpointStore()
        try await EngineFixture(history: history, sinks: [sink], store: store).runToEnd(of: history)
        var state = try store.load()
        state.epoch = 1
        let risen = MemoryCheckpointStore(state)
        let error = try await refusal(of: EngineFixture(history: history, sinks: [sink], store: risen))
        #expect(error.message.contains("came back from epoch 0"))
        #expect(error.message.contains("`millrace checkpoint reset --sink`"))
    }

    @Test func aStateThatKnowsALowerEpochThanTheSinkIsRefused() async throws {
        let history = RandomHistory(seed: 2, transactions: 10)
        let sink = SimulatedSink()
        let store = MemoryCheckpointStore()
        try store.reset(sinks: ["sink0"], above: 0)
        try await EngineFixture(history: history, sinks: [sink], store: store).runToEnd(of: history)
        for lost in [MemoryCheckpointStore(), MemoryCheckpointStore(PipelineState())] {
            let error = try await refusal(of: EngineFixture(history: history, sinks: [sink], store: lost))
            #expect(error.message.contains("written to in epoch 1, and the state folder knows of epoch 0 only"))
            #expect(error.message.contains("`millrace checkpoint reset`"))
        }
    }

    @Test func aMarkerThatAResetDidNotReachDoesNotStandInTheWay() async throws {
        let history = RandomHistory(seed: 3, transactions: 10)
        let sink = SimulatedSink()
        let store = MemoryCheckpointStore()
        try await EngineFixture(history: history, sinks: [sink], store: store).runToEnd(of: history)
        try store.reset(sinks: ["sink0"], above: 0)
        #expect(sink.marker?.epoch == 0)
        try await EngineFixture(history: history, sinks: [sink], store: store).runToEnd(of: history)
        #expect(sink.rows == history.rows)
        #expect(sink.marker?.epoch == 1)
    }

    private func refusal(of fixture: EngineFixture) async throws -> MillraceError {
        do {
            try await fixture.runner.run()
        } catch let error as MillraceError {
            #expect(error.code == .sinkRejected)
            return error
        }
        throw MillraceError(.invariant, "the pipeline ran")
    }
}

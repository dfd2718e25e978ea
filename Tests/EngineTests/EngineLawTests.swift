import Randomness
import Change
import Connector
import ConnectorTestKit
import Synchronization
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(2)))
struct EngineLawTests {
    @Test(arguments: 0..<40)
    func everySinkEndsWithTheSourcesRowsWhateverFails(seed: Int) async throws {
        let history = RandomHistory(seed: UInt64(seed))
        let sinks = (0..<2).map { number in
            let faults = FaultPlan(seed: UInt64(seed * 2 + number))
            return SimulatedSink(fault: { faults.next() })
        }
        let fixture = EngineFixture(history: history, sinks: sinks)
        try await fixture.runToEnd(of: history)
        for sink in sinks { #expect(sink.rows == history.rows) }
    }

    @Test(arguments: 0..<20)
    func everyChangeHasExactlyOneOutcomeInTheLedger(seed: Int) async throws {
        let history = RandomHistory(seed: UInt64(seed))
        let fixture = EngineFixture(history: history, sinks: [SimulatedSink(poison: "3")])
        try await fixture.runToEnd(of: history)
        let counts = try #require(fixture.runner.status.sinks.first?.ledger.first?.counts)
        #expect(counts.received == UInt64(history.changes))
        #expect(counts.pending == 0)
        #expect(counts.parked > 0 || history.rows.isEmpty)
    }

    @Test(arguments: 0..<20)
    func nothingIsAcknowledgedBeforeItIsCheckpointed(seed: Int) async throws {
        let history = RandomHistory(seed: UInt64(seed))
        let fixture = EngineFixture(history: history, sinks: [SimulatedSink(), SimulatedSink()])
        try await fixture.runToEnd(of: history)
        let acknowledged = fixture.source.acknowledged
        #expect(acknowledged == acknowledged.sorted())
        let checkpoints = try fixture.store.load().sinks.values.compactMap(\.progress)
        #expect(acknowledged.last == checkpoints.min())
    }

    @Test(arguments: 0..<20)
    func deliveringEverythingAgainLeavesTheSinkAsItWas(seed: Int) async throws {
        let history = RandomHistory(seed: UInt64(seed))
        let sink = SimulatedSink()
        let store = MemoryCheckpointStore()
        try await EngineFixture(history: history, sinks: [sink], store: store).runToEnd(of: history)
        // The checkpoint is older than the sink: the whole history comes again.
        var state = try store.load()
        state.sinks["sink0"]?.progress = SourceProgress(commit: 0, end: 0)
        let again = EngineFixture(history: history, sinks: [sink], store: MemoryCheckpointStore(state))
        try await again.runToEnd(of: history)
        #expect(sink.rows == history.rows)
        let counts = try #require(again.runner.status.sinks.first?.ledger.first?.counts)
        #expect(counts.pending == 0)
    }

    @Test func oneRowThatSplitsABatchDoesNotSendTheRestOneByOne() async throws {
        let history = RandomHistory(seed: 5, transactions: 400, keys: 300)
        let calls = Mutex(0)
        let sink = SimulatedSink(
            traits: SinkTraits(lanes: 1, batchCountMax: 1000, batchBytesMax: 1 << 20), poison: "0",
            fault: {
                calls.withLock { $0 += 1 }
                return .splitAtPoison
            })
        let fixture = EngineFixture(history: history, sinks: [sink])
        try await fixture.runToEnd(of: history)
        let counts = try #require(fixture.runner.status.sinks.first?.ledger.first?.counts)
        #expect(counts.parked > 0)
        #expect(sink.rows == history.rows.filter { $0.key != "0" })
        // Halving and growing again costs a few times the logarithm of the batch for each such row.
        #expect(calls.withLock { $0 } < 40 * Int(counts.parked) + 40, "\(calls.withLock { $0 }) for \(counts.parked)")
        #expect(counts.applied > UInt64(calls.withLock { $0 }))
    }

    @Test func aSinkThatWasEmptiedInMidStreamStopsThePipeline() async throws {
        let history = RandomHistory(seed: 1)
        let calls = Mutex(0)
        let emptied = Mutex<SimulatedSink?>(nil)
        let sink = SimulatedSink(fault: {
            if calls.withLock({ calls in
                calls += 1; return calls == 5
            }) {
                emptied.withLock { $0 }?.empty()
            }
            return nil
        })
        emptied.withLock { $0 = sink }
        let fixture = EngineFixture(history: history, sinks: [sink])
        do {
            try await fixture.runToEnd(of: history)
            Issue.record("the pipeline went on without the rows that were lost")
        } catch let error as MillraceError {
            #expect(error.code == .sinkRejected)
            #expect(error.message.contains("lost the pipeline's marker"))
        }
    }

    @Test func aMappingThatNoRowFitsStopsItsSinkAndKeepsThePositionBack() async throws {
        let history = RandomHistory(seed: 1, transactions: 400, keys: 1)
        let fixture = EngineFixture(history: history, sinks: [SimulatedSink(poison: "0")])
        await #expect(throws: MillraceError.self) { try await fixture.runToEnd(of: history) }
        #expect(fixture.runner.status.sinks.first?.stopReason != nil)
        #expect((fixture.source.acknowledged.last?.commit ?? 0) < history.batches.last?.transactions.last?.commit ?? 0)
    }
}

/// Faults drawn by a seed: about one call in three fails in one way or another.
final class FaultPlan: Sendable {
    private let random: Mutex<SeededNumbers>

    init(seed: UInt64) { random = Mutex(SeededNumbers(seed: seed)) }

    func next() -> SimulatedSink.Fault? {
        random.withLock { random in
            switch Int.random(in: 0..<12, using: &random) {
            case 0: .before
            case 1: .after
            case 2: .retryEveryOther
            case 3: .split
            default: nil
            }
        }
    }
}

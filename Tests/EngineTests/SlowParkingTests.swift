import Change
import Connector
import ConnectorTestKit
import Foundation
import Pipelines
import Testing

@testable import Engine

/// What parks is settled later than what was sent beside it.
@Suite(.timeLimit(.minutes(1)))
struct SlowParkingTests {
    @Test(arguments: [0, 1, 2, 3, 4, 8, 9])
    func whatParksLastIsCheckpointedLikeTheRest(seed: Int) async throws {
        let history = RandomHistory(seed: UInt64(seed), transactions: 1, size: 20...20)
        var transform = TransformSpec()
        transform.filter = LocatedText("10 / id > 0", at: EngineFixture.location)
        let fixture = EngineFixture(
            history: history, sinks: [SimulatedSink()], storing: SlowParkingStore.init, transform: transform)
        try await fixture.runToEnd(of: history)
        let counts = try #require(fixture.runner.status.sinks.first?.ledger.first?.counts)
        #expect(counts.pending == 0)
        #expect(counts.parked > 0 && counts.applied > 0)
        #expect(fixture.source.acknowledged.last?.commit == fixture.source.lastCommit)
    }
}

/// A disk that takes long to set a change aside.
private struct SlowParkingStore: CheckpointStore, ParkedChangeStore {
    let base: MemoryCheckpointStore

    func load() throws -> PipelineState { try base.load() }
    func save(_ update: StateUpdate) throws { try base.save(update) }

    func park(_ changes: [ParkedChange]) throws {
        Thread.sleep(forTimeInterval: 0.05)
        try base.park(changes)
    }

    func parkedChanges(_ selection: ParkedSelection) throws -> [ParkedRecord] { try base.parkedChanges(selection) }
    func parkedCount(_ selection: ParkedSelection) throws -> Int { try base.parkedCount(selection) }
    func markReplayed(_ numbers: Set<Int64>, at time: Int64) throws { try base.markReplayed(numbers, at: time) }
    func discardParked(_ selection: ParkedSelection) throws -> Int { try base.discardParked(selection) }
}

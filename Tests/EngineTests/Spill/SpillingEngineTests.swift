import Change
import Connector
import ConnectorTestKit
import Foundation
import Testing

@testable import Engine

/// The engine's laws where hardly anything fits into memory.
@Suite(.timeLimit(.minutes(2)))
struct SpillingEngineTests {
    private func options(_ folder: String) -> EngineOptions {
        var options = EngineOptions()
        options.windowBytesMax = 16_000
        options.spillFolder = folder
        options.inboxBytes = 4_000
        options.pendingBytes = 4_000
        return options
    }

    @Test(arguments: 0..<4)
    func everySinkEndsWithTheSourcesRowsWhateverFails(seed: Int) async throws {
        let history = RandomHistory(seed: UInt64(seed), transactions: 5, keys: 300, size: 0...600)
        let folder = SpillFolder()
        let sinks = (0..<2).map { number in
            let faults = FaultPlan(seed: UInt64(seed * 2 + number))
            return SimulatedSink(
                traits: SinkTraits(lanes: 3, batchCountMax: 50, batchBytesMax: 1 << 16), fault: { faults.next() })
        }
        let fixture = EngineFixture(history: history, sinks: sinks, options: options(folder.path))
        try await fixture.runToEnd(of: history)
        for sink in sinks { #expect(sink.rows == history.rows) }
        for line in fixture.runner.status.sinks.flatMap(\.ledger) {
            #expect(line.counts.received == UInt64(history.changes))
            #expect(line.counts.pending == 0)
        }
        #expect(fixture.source.acknowledged.last?.commit == history.batches.last?.transactions.last?.commit)
        #expect(folder.files.isEmpty)
    }

    @Test func deliveringEverythingAgainLeavesTheSinkAsItWas() async throws {
        let history = RandomHistory(seed: 7, transactions: 8, keys: 200, size: 0...500)
        let folder = SpillFolder()
        let sink = SimulatedSink()
        let store = MemoryCheckpointStore()
        try await EngineFixture(history: history, sinks: [sink], store: store, options: options(folder.path))
            .runToEnd(of: history)
        // Again from the beginning, and this time everything fits: both ways give a key the same version.
        var state = try store.load()
        state.sinks["sink0"]?.progress = SourceProgress(commit: 0, end: 0)
        let again = EngineFixture(history: history, sinks: [sink], store: MemoryCheckpointStore(state))
        try await again.runToEnd(of: history)
        #expect(sink.rows == history.rows)
        let counts = try #require(again.runner.status.sinks.first?.ledger.first?.counts)
        #expect(counts.pending == 0)
        #expect(counts.applied <= counts.received)
    }

    @Test func aTransactionWaitsForTheDisk() async throws {
        let history = RandomHistory(seed: 2, transactions: 3, keys: 200, size: 400...400)
        let folder = SpillFolder()
        let sink = SimulatedSink()
        let fixture = EngineFixture(history: history, sinks: [sink], options: options(folder.path + "/missing/spill"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.runToEnd(of: history) }
            group.addTask {
                while fixture.runner.status.source.changes == 0 { try await Task.sleep(for: .milliseconds(1)) }
                #expect(sink.rows.isEmpty)
                #expect(fixture.source.acknowledged.isEmpty)
                try FileManager.default.createDirectory(
                    atPath: folder.path + "/missing", withIntermediateDirectories: true)
            }
            while try await group.next() != nil {}
        }
        #expect(sink.rows == history.rows)
    }
}

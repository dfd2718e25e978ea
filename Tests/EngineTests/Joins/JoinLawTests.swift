import Change
import Connector
import ConnectorTestKit
import Pipelines
import Testing

@testable import Engine

/// Rows that depend on other tables' rows, over a source that shows a transaction only to who asks for it by name.
@Suite(.timeLimit(.minutes(2)))
struct JoinLawTests {
    @Test(arguments: 0..<60)
    func everyRowEndsWithWhatItsLookUpsGive(seed: Int) async throws {
        let history = SaleHistory(seed: UInt64(seed))
        let faults = FaultPlan(seed: UInt64(seed))
        let fixture = JoinFixture(history.batches, sink: SimulatedSink(fault: { faults.next() }))
        try await fixture.runToEnd()
        expectEqual(fixture.sink.rows, history.joined)
        for line in fixture.runner.status.sinks.flatMap(\.ledger) { #expect(line.counts.pending == 0, "\(line)") }
    }

    @Test(arguments: 0..<20)
    func deliveringEverythingAgainLeavesTheSinkAsItWas(seed: Int) async throws {
        let history = SaleHistory(seed: UInt64(seed))
        let sink = SimulatedSink()
        let store = MemoryCheckpointStore()
        try await JoinFixture(history.batches, sink: sink, store: store).runToEnd()
        var state = try store.load()
        state.sinks["sink"]?.progress = SourceProgress(commit: 0, end: 0)
        try await JoinFixture(history.batches, sink: sink, store: MemoryCheckpointStore(state)).runToEnd()
        expectEqual(sink.rows, history.joined)
    }

    @Test(arguments: 0..<20)
    func aFilterOnWhatIsLookedUpDeletesTheRowsThatNoLongerPass(seed: Int) async throws {
        let history = SaleHistory(seed: UInt64(seed))
        var transform = TransformSpec()
        transform.filter = LocatedText("buyer > 'b5'", at: JoinFixture.place())
        let writes = [JoinFixture.write(SaleHistory.lines, key: "line:{id}", [JoinFixture.buyers], transform)]
        let fixture = JoinFixture(history.batches, writes: writes)
        try await fixture.runToEnd()
        let passing = history.joined.filter { key, row in key.hasPrefix("line:") && (row[3] ?? "") > "b5" }
        expectEqual(fixture.sink.rows, passing)
    }

    /// One parent's ten thousand children are one row to read again, and a parent's change reads its children in parts.
    @Test func manyChangesOfOneKeyAreAnsweredOnce() async throws {
        var builder = HistoryBuilder()
        builder.insert(SaleHistory.sales, ["1", "b1", nil])
        builder.end()
        for line in 0..<10_000 { builder.insert(SaleHistory.lines, ["\(line)", "1", "1"]) }
        builder.end()
        builder.update(SaleHistory.sales, ["1", "b2", .null])
        builder.end()
        let fixture = JoinFixture(builder.take())
        try await fixture.runToEnd()
        #expect(fixture.sink.rows["sale:1"] == ["1", "b2", nil, "10000"])
        #expect(fixture.sink.rows.count { $0.key.hasPrefix("line:") && $0.value.last == "b2" } == 10_000)
        let counts = fixture.runner.status.sinks.flatMap(\.ledger)
        let sales = try #require(counts.first { $0.mapping == "sales" }?.counts)
        #expect(sales.received == 3)
        let lines = try #require(counts.first { $0.mapping == "lines" }?.counts)
        // Each by its own insert, by the sale's insert where that is handed on late, and by the sale's update.
        #expect((20_000...30_000).contains(lines.received))
        #expect(fixture.source.largestPart <= 8_192 && fixture.source.largestPart > 64)
    }

    @Test func aWindowThatIsTooLargeForMemoryKeepsItsTriggers() async throws {
        let folder = SpillFolder()
        var options = EngineOptions()
        options.windowBytesMax = 4_096
        options.spillFolder = folder.path
        let history = SaleHistory(seed: 3, transactions: 6, size: 400...600)
        let fixture = JoinFixture(history.batches, options: options)
        try await fixture.runToEnd()
        #expect(fixture.sink.rows == history.joined)
    }
}

private func expectEqual(
    _ found: [String: [String?]], _ expected: [String: [String?]],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
    let wrong = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }.sorted()
    let shown = wrong.prefix(5).map { key in
        func text(_ row: [String?]?) -> String {
            row.map { $0.map { $0 ?? "null" }.joined(separator: ",") } ?? "nothing"
        }
        return "\(key): \(text(found[key])) for \(text(expected[key]))"
    }
    #expect(wrong.isEmpty, "\(shown)", sourceLocation: sourceLocation)
}

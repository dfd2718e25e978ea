import Change
import Connector
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct SnapshotRunsTests {
    private static let items = TableName(namespace: "public", name: "items")
    private static let tags = TableName(namespace: "public", name: "tags")

    private let runs = SnapshotRuns()

    private static func plan(_ table: TableName) -> SnapshotPlan {
        SnapshotPlan(
            table: table, tableID: 1, commit: 1, chunkCount: 2, rowsEstimated: 0, bytesEstimated: 0, isResumable: true,
            ranges: "")
    }

    private func open(_ table: TableName, for needs: [SnapshotNeed], in turn: Int) -> Int? {
        runs.open(Self.plan(table), for: needs.filter { $0.table == table }, in: turn, isResumed: false, at: 0)
    }

    /// Two sinks take two tables; one of them cannot take the first, and the second is written anew.
    @Test(arguments: [["fast", "slow"], ["slow"]])
    func aSinkThatHasLeftTheTurnOfAVoidRunGetsTheTableAnew(sinks: [String]) throws {
        let needs = sinks.flatMap { sink in
            [Self.items, Self.tags].map {
                SnapshotNeed(sink: sink, table: $0, fingerprint: 1, known: nil, findsDeletes: true)
            }
        }
        runs.ask(for: needs)
        let turn = try #require(runs.beginTurn())
        let first = try #require(open(Self.items, for: needs, in: turn))
        let void = try #require(open(Self.tags, for: needs, in: turn))
        runs.postpone(first, in: "slow")
        runs.voided(void)
        let again = open(Self.tags, for: needs, in: turn)
        #expect(again.map { runs.takingSinks(of: $0) } == (sinks.contains("fast") ? ["fast"] : nil))
        #expect(runs.takingSinks(of: void).isEmpty)
        #expect(runs.isLoading(Self.tags, into: "slow") && runs.isLoading(Self.items, into: "slow"))
        let own = try #require(runs.beginTurn())
        let owed = runs.needs(in: own)
        #expect(owed.map(\.table) == [Self.tags] && owed.map(\.sink) == ["slow"])
        #expect(owed.allSatisfy { $0.known == nil && $0.findsDeletes })
    }
}

import Change
import Connector
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct SnapshotTurnsTests {
    var turns = SnapshotTurns()

    private static func need(_ sink: String, _ table: String, isKnown: Bool = false, findsDeletes: Bool = false)
        -> SnapshotNeed
    {
        let name = TableName(namespace: "public", name: table)
        let plan = SnapshotPlan(
            table: name, tableID: 1, commit: 1, chunkCount: 1, rowsEstimated: 0, bytesEstimated: 0, isResumable: true,
            ranges: "")
        let known = SnapshotState(plan: plan, fingerprint: 1, findsDeletes: false)
        return SnapshotNeed(
            sink: sink, table: name, fingerprint: 1, known: isKnown ? known : nil, findsDeletes: findsDeletes)
    }

    private func names(in turn: Int) -> [String] { turns.needs(in: turn).map { "\($0.sink) \($0.table.name)" } }

    private mutating func begin() throws -> Int {
        let turn = turns.begin()
        return try #require(turn)
    }

    @Test mutating func whoNeedsSomethingAtTheSameTimeGoesTogetherByTables() throws {
        turns.ask(for: [Self.need("b", "orders"), Self.need("a", "orders"), Self.need("b", "items")])
        let turn = try begin()
        let none = turns.begin()
        #expect(none == nil)
        #expect(names(in: turn) == ["b items", "a orders", "b orders"])
        turns.begun(Self.need("b", "items"))
        #expect(names(in: turn) == ["a orders", "b orders"])
    }

    @Test mutating func whatIsAskedForInATurnWaitsForItsEnd() throws {
        turns.ask(for: [Self.need("a", "orders")])
        let first = try begin()
        turns.begun(Self.need("a", "orders"))
        turns.ask(for: [Self.need("a", "orders"), Self.need("b", "orders")])
        let second = try begin()
        #expect(names(in: second) == ["b orders"])
        turns.end(first)
        let third = try begin()
        #expect(names(in: third) == ["a orders"])
    }

    @Test mutating func whoLeavesATurnTakesOneOfItsOwnWithAllThatIsOwed() throws {
        turns.ask(for: ["a", "b"].flatMap { [Self.need($0, "items"), Self.need($0, "orders")] })
        let shared = try begin()
        for sink in ["a", "b"] { turns.begun(Self.need(sink, "items")) }
        turns.postpone(Self.need("b", "items", isKnown: true), leaving: shared)
        #expect(names(in: shared) == ["a orders"])
        #expect(!turns.takesPart("b", in: shared))
        let none = turns.begin()
        #expect(none == nil)
        #expect(turns.owed.count == 3)
        turns.takeUpPostponed(in: "b")
        let own = try begin()
        #expect(names(in: own) == ["b items", "b orders"])
        #expect(turns.needs(in: own)[0].resumablePlan != nil)
        #expect(names(in: shared) == ["a orders"])
    }

    @Test mutating func anewIsAnewAndEndsWhatWasOwed() throws {
        turns.postpone(Self.need("a", "items", isKnown: true), leaving: nil)
        turns.takeUpPostponed(in: "a")
        turns.ask(for: [Self.need("a", "items", findsDeletes: true)])
        let turn = try begin()
        let needs = turns.needs(in: turn)
        #expect(needs.count == 1 && needs[0].resumablePlan == nil && needs[0].findsDeletes)
        turns.postpone(Self.need("a", "items", isKnown: true), leaving: nil)
        turns.begun(needs[0])
        #expect(turns.owed.isEmpty)
    }
}

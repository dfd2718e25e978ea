import Randomness
import Change
import ConnectorTestKit
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(2)))
struct SinkSorterTests {
    @Test(arguments: 0..<10)
    func aWindowComesToTheLastStateOfEachOfItsKeys(seed: Int) throws {
        var random = SeededNumbers(seed: UInt64(seed))
        let history = RandomHistory(
            seed: UInt64(seed), transactions: 20, keys: Int.random(in: 1...60, using: &random), size: 0...80)
        // Some windows hold a handful of changes, and some transactions have more windows than there are numbers.
        let factor = UInt64.random(in: 1...20_000, using: &random)
        let batches = history.batches.map { $0.spread(by: factor) }
        let run = try SorterRun(batches)
        let model = FoldModel(batches)
        var found: [FoldModel.Key: FoldModel.State] = [:]
        for write in run.writes {
            let key = FoldModel.Key(key: write.key, version: write.version)
            #expect(found[key] == nil, "a version is unique per key")
            found[key] = FoldModel.State(
                action: write.action, kind: write.kind, cells: write.cells, ordinal: write.position.ordinal,
                isCounted: write.changes == 1, isFolded: write.isFolded)
        }
        // A transaction of one change is not folded and may be of two keys: it is the same without its flags.
        #expect(found == model.writes)
        #expect(run.counts.folded == model.folded)
        #expect(run.counts.received == UInt64(history.changes))
    }

    @Test(arguments: 0..<10)
    func theCutsOfTheBatchesMakeNoDifference(seed: Int) throws {
        var random = SeededNumbers(seed: UInt64(seed))
        let history = RandomHistory(seed: UInt64(seed), transactions: 10, keys: 20, size: 0...200)
        let batches = history.batches.map { $0.spread(by: 1_000) }
        let whole = try SorterRun(batches)
        let cut = try SorterRun(batches.flatMap { $0.cut(using: &random) })
        #expect(cut.steps == whole.steps)
        #expect(cut.counts == whole.counts)
        #expect(cut.closed == whole.closed)
    }

    @Test(arguments: 0..<10)
    func whatASecondFeedBringsAgainIsPassedOver(seed: Int) throws {
        var random = SeededNumbers(seed: UInt64(seed))
        let history = RandomHistory(seed: UInt64(seed), transactions: 10, keys: 20, size: 0...100)
        let parts = history.batches.flatMap { $0.cut(using: &random) }
        var fed: [ChangeBatch] = []
        for index in parts.indices {
            fed.append(parts[index])
            // A second feed begins earlier and ends at the same place.
            if Int.random(in: 0..<4, using: &random) == 0 {
                fed += parts[max(0, index - Int.random(in: 0...6, using: &random))...index]
            }
            // Or it begins with the transaction that is open, and says first how far its server had read.
            if let open = parts[index].transactions.last, !open.isComplete {
                var named = ChangeBatch()
                named.transactions.append(
                    Transaction(
                        commit: open.commit - 1, end: open.commit, id: 0, committedAt: open.committedAt, changes: 0..<0)
                )
                fed.append(named)
            }
        }
        let once = try SorterRun(parts)
        let twice = try SorterRun(fed)
        #expect(twice.steps == once.steps)
        #expect(twice.closed == once.closed)
        #expect(twice.counts == once.counts)
    }

    @Test func everythingPastTheLastWindowFoldsIntoIt() throws {
        var builder = HistoryBuilder()
        for number in 0..<600 { builder.insert(RandomHistory.items, ["\(number % 3)", "\(number)", nil]) }
        builder.end()
        let run = try SorterRun(builder.take().map { $0.spread(by: Window.length) })
        #expect(run.writes.map(\.version.window).max() == Window.last)
        // One write in each of the windows 0 to 254, and one of each key in the last.
        #expect(run.writes.count == 255 + 3)
        #expect(Set(run.writes.suffix(3).map { $0.cells[1] }) == ["597", "598", "599"])
    }

    @Test func aTicketClosesAfterItsLastWriteOnly() throws {
        let history = RandomHistory(seed: 3, transactions: 5, keys: 5_000, size: 3_000...3_000)
        let run = try SorterRun(history.batches)
        #expect(run.closed.count == 5)
        #expect(run.outstanding.count == 5)
        #expect(run.outstanding.values.allSatisfy { $0 == 0 })
    }

    @Test func rowsOfTwoVersionsOfATableDoNotFillEachOther() throws {
        let before = TableSchema.forTest(columns: [("id", .int64), ("big", .text)], key: ["id"])
        let after = TableSchema.forTest(columns: [("id", .int64), ("big", .text), ("more", .text)], key: ["id"])
        var builder = HistoryBuilder()
        builder.insert(before, ["1", "kept"])
        builder.update(after, ["1", .unchanged, "new"])
        builder.end()
        let run = try SorterRun(builder.take(), tables: [before])
        #expect(run.writes.map(\.cells) == [["1", .unchanged, "new"]])
    }

    @Test func aRowThatTookOverAKeyIsNotFilledFromTheRowBefore() throws {
        let items = RandomHistory.items
        var builder = HistoryBuilder()
        builder.insert(items, ["1", "first", "of the first"])
        builder.delete(items, old: ["1", .unchanged, .unchanged])
        builder.update(items, ["1", "second", .unchanged], old: ["2", .unchanged, .unchanged])
        builder.update(items, ["1", "third", .unchanged])
        builder.end()
        let run = try SorterRun(builder.take())
        let write = try #require(run.writes.first { $0.key == "1" })
        #expect(write.cells == ["1", "third", .unchanged])
    }
}

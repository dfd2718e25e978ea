import Change
import ConnectorTestKit
import Testing

@testable import Engine

/// Law 7: the memory of a window is bounded, whatever the transaction.
@Suite(.timeLimit(.minutes(2)))
struct WindowMemoryTests {
    private static let items = RandomHistory.items

    /// One transaction in batches of `batchCount` changes.
    private func transaction(
        changes: Int, batchCount: Int, _ change: (inout HistoryBuilder, Int) -> Void
    ) -> [ChangeBatch] {
        var builder = HistoryBuilder()
        for number in 0..<changes {
            change(&builder, number)
            if number % batchCount == batchCount - 1 { builder.cut() }
        }
        builder.end()
        return builder.take()
    }

    @Test func oneKeyUpdatedOverAndOverStaysSmall() throws {
        let text = String(repeating: "x", count: 300)
        let batches = transaction(changes: 40_000, batchCount: 250) { builder, number in
            builder.update(Self.items, ["1", .text("\(number)"), number == 0 ? .text(text) : .unchanged])
        }
        let run = try SorterRun(batches, bytesMax: 16 << 20)
        #expect(run.bytesPeak < 1 << 20)
        #expect(run.writes.map(\.cells) == [["1", "39999", .text(text)]])
        #expect(run.counts.folded == 39_999)
    }

    @Test func fewLiveRowsDoNotKeepTheirBatchesAlive() throws {
        // Every batch brings one new key among 99 changes of another.
        let text = String(repeating: "x", count: 1_000)
        let batches = transaction(changes: 15_000, batchCount: 100) { builder, number in
            let key = number % 100 == 0 ? "\(number)" : "hot"
            builder.insert(Self.items, [key, "\(number)", text])
        }
        #expect(batches.reduce(0) { $0 + $1.byteCount } > 15 << 20)
        let run = try SorterRun(batches, bytesMax: 16 << 20)
        #expect(run.bytesPeak < 2 << 20)
        #expect(run.writes.count == 151)
        #expect(run.writes.allSatisfy { $0.cells[2] == .text(text) })
    }

    @Test func wideRowsStayWithinTheLimitAndAPart() throws {
        let batches = transaction(changes: 300, batchCount: 4) { builder, number in
            builder.insert(Self.items, ["\(number)", nil, String(repeating: "\(number % 10)", count: 64 << 10)])
        }
        let folder = SpillFolder()
        let limit = 2 << 20
        let run = try SorterRun(batches, bytesMax: limit, spill: SpillStore(folder: folder.path))
        #expect(run.spills > 5)
        #expect(run.bytesPeak < limit + (512 << 10))
        #expect(run.writes.count == 300)
        #expect(
            run.writes.allSatisfy {
                $0.cells[2] == .text(String(repeating: String($0.key.suffix(1)), count: 64 << 10))
            })
    }

    @Test func manySmallRowsCountWithTheirKeysAndEntries() throws {
        let batches = transaction(changes: 40_000, batchCount: 500) { builder, number in
            builder.insert(Self.items, ["\(number)", nil, nil])
        }
        let folder = SpillFolder()
        let run = try SorterRun(batches, bytesMax: 1 << 20, spill: SpillStore(folder: folder.path))
        #expect(run.spills > 2)
        // The key table and the entries grow by doubling.
        #expect(run.bytesPeak < 2 << 20)
        #expect(Set(run.writes.map(\.key)).count == 40_000)
    }

    @Test func aRowLargerThanTheLimitPassesAlone() throws {
        let wide = String(repeating: "w", count: 1 << 20)
        let batches = transaction(changes: 6, batchCount: 1) { builder, number in
            builder.insert(Self.items, ["\(number)", nil, wide])
        }
        let folder = SpillFolder()
        let run = try SorterRun(batches, bytesMax: 64 << 10, spill: SpillStore(folder: folder.path))
        #expect(run.bytesPeak < 3 << 20)
        #expect(run.writes.count == 6)
        #expect(run.writes.allSatisfy { $0.cells[2] == .text(wide) })
    }
}

import Change
import Connector
import ConnectorTestKit
import Logging
import Synchronization
import Testing

@testable import Engine

/// A table whose every row has the same wide value.
private final class WideTable: ReadableSource {
    let width: Int
    let asked = Mutex<[Int]>([])

    init(width: Int) { self.width = width }

    func describe(_ tables: [TableName]) async throws -> [TableSchema] { [RandomHistory.items] }

    func lookup(_ request: LookupRequest) async throws -> LookupResult {
        asked.withLock { $0.append(request.keys.count) }
        return LookupResult(
            rows: request.keys.map { key in
                var builder = RowBuilder()
                builder.append(key[0])
                builder.append(String(repeating: "x", count: width))
                builder.append("1")
                return [builder.row(schema: request.schema)]
            })
    }
}

struct RowCompleterTests {
    private func updates(_ count: Int) throws -> [PendingWrite] {
        var builder = HistoryBuilder()
        for number in 0..<count { builder.update(RandomHistory.items, [.text("\(number)"), .unchanged, "2"]) }
        builder.end()
        var sorter = try SorterRun.sorter(tables: [RandomHistory.items], bytesMax: 1 << 30, maySpill: false)
        var writes: [PendingWrite] = []
        for batch in builder.take() {
            sorter.start(batch)
            while let action = try sorter.next() {
                if case .write(let sorted) = action { writes += sorted.writes }
            }
        }
        return writes
    }

    private func complete(_ writes: [PendingWrite], from table: WideTable) async throws -> [PendingWrite] {
        var completer = RowCompleter(
            source: table, bytesWanted: 100_000, clock: SystemClock(), logger: Logger(label: "test"))
        var rest = writes[...]
        var completed: [PendingWrite] = []
        while let part = try await completer.completeNext(of: &rest) { completed += part }
        return completed
    }

    @Test func everyUnchangedCellIsFilledAndTheOrderStays() async throws {
        let completed = try await complete(try updates(300), from: WideTable(width: 10))
        #expect(completed.map { $0.write.row.text(0) } == (0..<300).map { "\($0)" })
        #expect(completed.allSatisfy { $0.write.row.text(1) == "xxxxxxxxxx" && $0.write.row.text(2) == "2" })
    }

    @Test func narrowRowsAreReadInLargerAndLargerParts() async throws {
        let table = WideTable(width: 1)
        _ = try await complete(try updates(1_000), from: table)
        #expect(table.asked.withLock(\.self) == [16, 32, 64, 128, 256, 504])
    }

    @Test func wideRowsAreReadOneByOne() async throws {
        let table = WideTable(width: 200_000)
        _ = try await complete(try updates(40), from: table)
        let asked = table.asked.withLock(\.self)
        #expect(asked.first == 16)
        #expect(asked.dropFirst().allSatisfy { $0 == 1 })
        #expect(asked.reduce(0, +) == 40)
    }
}

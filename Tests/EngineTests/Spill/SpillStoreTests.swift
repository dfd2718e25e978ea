import Randomness
import Change
import Connector
import ConnectorTestKit
import Foundation
import Testing
import Wire

@testable import Engine

struct SpillStoreTests {
    /// A fold of `count` random rows, and what it spills.
    private func batch(seed: UInt64, count: Int, level: Int = 0) throws -> SpillBatch {
        var random = SeededNumbers(seed: seed)
        var builder = HistoryBuilder()
        for number in 0..<count {
            let cells: [CellText] =
                [.text("\(number)")]
                + (0..<2).map { _ in
                    switch Int.random(in: 0..<5, using: &random) {
                    case 0: .null
                    case 1: .unchanged
                    case 2: .text("")
                    case 3: .missing
                    default: .text(String(repeating: "v", count: Int.random(in: 0...200, using: &random)))
                    }
                }
            builder.update(RandomHistory.items, cells)
        }
        builder.end()
        let plans = try router().plans(for: RandomHistory.items)
        let plan = try #require(plans.first)
        var fold = WindowFold(slackBytes: 1 << 20)
        for batch in builder.take() {
            fold.begin(batch)
            for change in batch.changes {
                let source = SourceRow(row: batch.newRow(change), slot: change.newSlot)
                let key = Array((source.row.text(0) ?? "").utf8)
                fold.add(
                    FoldEntry(
                        row: fold.place(source), old: Bool.random(using: &random) ? fold.place(source) : nil,
                        ordinal: change.ordinal, keyHash: Hash64.of(key.span),
                        shape: fold.shape(of: plan, source.row.schema), action: .upsert, kind: .update,
                        isCounted: Bool.random(using: &random), isFresh: Bool.random(using: &random),
                        isFolded: Bool.random(using: &random)), key: key.span)
            }
        }
        return SpillBatch(fold, level: level)
    }

    private func router() throws -> RouterBox { RouterBox(try SorterRun.router([RandomHistory.items])) }

    private func encoded(_ batch: SpillBatch) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in batch.order { SpillRecord.append(number, of: batch, to: &bytes) }
        return bytes
    }

    @Test(arguments: 0..<6)
    func aRecordReadsBackAsItWasWritten(seed: Int) throws {
        let batch = try batch(seed: UInt64(seed), count: 50)
        let bytes = encoded(batch)
        #expect(SpillRecord.wholeRecords(in: bytes.span) == bytes.count)
        var slots: [CellSlot] = []
        let records = try SpillRecord.decode(bytes.span, shapes: batch.shapes, buffer: 9, slots: &slots)
        #expect(records.count == 50)
        for (number, record) in zip(batch.order, records) {
            let entry = batch.entries[Int(number)]
            #expect(record.entry.ordinal == entry.ordinal)
            #expect(record.entry.keyHash == entry.keyHash)
            #expect(record.entry.isCounted == entry.isCounted)
            #expect(record.entry.isFresh == entry.isFresh)
            #expect(record.entry.isFolded == entry.isFolded)
            #expect((record.entry.old == nil) == (entry.old == nil))
            #expect(record.entry.row.buffer == 9)
            let schema = RandomHistory.items
            let row = Row(schema: schema, bytes: bytes, slots: slots, firstSlot: Int(record.entry.row.slot))
            #expect(row.cellTexts == batch.buffers.row(at: entry.row, of: schema).cellTexts)
            #expect(String(decoding: bytes.span.extracting(record.key)) == row.text(0))
        }
    }

    @Test func aRecordCutAnywhereIsNotRead() throws {
        let batch = try batch(seed: 1, count: 3)
        let bytes = encoded(batch)
        let whole = SpillRecord.wholeRecords(in: bytes.span)
        for end in 0..<bytes.count {
            let cut = Array(bytes[..<end])
            let boundary = SpillRecord.wholeRecords(in: cut.span)
            #expect(boundary <= end && boundary < whole)
            var slots: [CellSlot] = []
            guard end != boundary else { continue }
            #expect(throws: WireError.self) {
                try SpillRecord.decode(cut.span, shapes: batch.shapes, buffer: 0, slots: &slots)
            }
        }
    }

    @Test(arguments: 0..<6)
    func aChangedByteIsFound(seed: Int) throws {
        var random = SeededNumbers(seed: UInt64(seed))
        let batch = try batch(seed: UInt64(seed), count: 5)
        let bytes = encoded(batch)
        for _ in 0..<60 {
            var damaged = bytes
            let index = Int.random(in: 0..<bytes.count, using: &random)
            damaged[index] ^= UInt8.random(in: 1...255, using: &random)
            var slots: [CellSlot] = []
            #expect(throws: WireError.self) {
                try SpillRecord.decode(damaged.span, shapes: batch.shapes, buffer: 0, slots: &slots)
            }
        }
    }

    @Test(arguments: [1, 100, 5_000, 1 << 20])
    func aPartitionReadsBackInTheOrderOfWritingWhateverTheSizeOfAPart(bytesMax: Int) throws {
        let folder = SpillFolder()
        let store = SpillStore(folder: folder.path)
        var expected = [[UInt8]](repeating: [], count: SpillPartitions.count)
        for seed in 0..<5 {
            let batch = try batch(seed: UInt64(seed), count: 300)
            var next = 0
            for partition in expected.indices {
                for number in batch.order[next..<next + batch.counts[partition]] {
                    SpillRecord.append(number, of: batch, to: &expected[partition])
                }
                next += batch.counts[partition]
            }
            #expect(try store.performNow(.write(batch)) == nil)
        }
        for partition in expected.indices {
            var bytes: [UInt8] = []
            var place: SpillPlace? = .start
            while let next = place {
                let part = try #require(
                    try store.performNow(
                        .read(SpillRead(level: 0, partition: partition, place: next, bytesMax: bytesMax))))
                #expect(SpillRecord.wholeRecords(in: part.bytes.span) == part.bytes.count)
                #expect(!part.bytes.isEmpty || part.next == nil)
                bytes += part.bytes
                place = part.next
            }
            #expect(bytes == expected[partition])
        }
        #expect(try store.performNow(.discard(level: 0)) == nil)
        let part = try store.performNow(.read(SpillRead(level: 0, partition: 0, place: .start, bytesMax: 100)))
        #expect(part?.bytes == [])
        #expect(part?.next == nil)
    }

    @Test func nothingStaysInTheFolder() throws {
        let folder = SpillFolder()
        let store = SpillStore(folder: folder.path)
        _ = try store.performNow(.write(try batch(seed: 1, count: 10)))
        #expect(folder.files.isEmpty)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func aDiskThatRefusesIsAPassingFault() throws {
        let folder = SpillFolder()
        let store = SpillStore(folder: folder.path + "/missing/folder")
        let batch = try batch(seed: 1, count: 10)
        #expect {
            try store.performNow(.write(batch))
        } throws: { error in
            (error as? MillraceError)?.code == .stateUnavailable && RetryTable.decision(for: error) == .retry
        }
        // The same order succeeds once there is room.
        try FileManager.default.createDirectory(atPath: folder.path + "/missing", withIntermediateDirectories: true)
        _ = try store.performNow(.write(batch))
    }
}

/// Compiles plans for tests.
private final class RouterBox {
    private var router: Router

    init(_ router: Router) { self.router = router }

    func plans(for schema: TableSchema) throws -> [MappingPlan] { try router.plans(for: schema) }
}

import PostgresClient
import Testing

@testable import SourceConnectors

@Suite struct SnapshotChunkMachineTests {
    private func action(
        _ snapshot: String, mustSee: Set<UInt64> = [], storage: String? = "1:1", inserted: UInt64 = 0,
        flushed: UInt64 = 0
    ) throws -> SnapshotChunkMachine.Action {
        var machine = SnapshotChunkMachine(barrier: 100, storage: "1:1")
        let look = SnapshotChunkMachine.Look(
            snapshot: try #require(TransactionSnapshot(snapshot)), inserted: LSN(rawValue: inserted),
            flushed: LSN(rawValue: flushed), storage: storage)
        return machine.looked(look, mustSee: mustSee)
    }

    @Test func aSnapshotWithNothingOlderThanTheRunIsRead() throws {
        #expect(try action("100:100:") == .read)
        #expect(try action("105:110:105,107", mustSee: [99, 104, 106]) == .read)
    }

    @Test func anOlderTransactionThatRunsIsWaitedFor() throws {
        #expect(try action("99:110:99") == .retake(.olderTransaction(99)))
    }

    @Test(arguments: [105, 107, 110, 200] as [UInt64])
    func aDeliveredTransactionThatIsNotSeenIsWaitedFor(_ id: UInt64) throws {
        #expect(try action("105:110:105,107", mustSee: [1, id]) == .retake(.invisible(id)))
    }

    @Test func aTableWithOtherStorageOrNoneVoidsThePlan() throws {
        #expect(try action("100:100:", storage: "1:2") == .void(.rewritten))
        #expect(try action("100:100:", storage: nil) == .void(.gone))
    }

    @Test func nothingIsReadBeforeTheLogIsFlushed() throws {
        var machine = SnapshotChunkMachine(barrier: 100, storage: "")
        let look = SnapshotChunkMachine.Look(
            snapshot: try #require(TransactionSnapshot("100:100:")), inserted: LSN(rawValue: 50),
            flushed: LSN(rawValue: 40), storage: "")
        #expect(machine.looked(look, mustSee: []) == .awaitFlush(LSN(rawValue: 50)))
        #expect(machine.flushed(to: LSN(rawValue: 49)) == .awaitFlush(LSN(rawValue: 50)))
        #expect(machine.flushed(to: LSN(rawValue: 50)) == .read)
    }

    @Test(arguments: ["", "1:2", "1:2:3:4", "a:2:", "1:2:x", "1:2:3,,y"])
    func aTextThatIsNoSnapshotIsNil(_ text: String) {
        #expect(TransactionSnapshot(text) == nil)
    }
}

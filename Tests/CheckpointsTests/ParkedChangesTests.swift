import Change
import Checkpoints
import Connector
import Testing

struct ParkedChangesTests {
    let temporary: TemporaryFolder
    let store: SQLiteCheckpointStore

    init() throws {
        temporary = try TemporaryFolder()
        store = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
    }

    @Test func aParkedChangeKeepsItsWholeEnvelope() throws {
        let change = Samples.parked(4, table: Samples.users)
        try store.park([change])
        let record = try #require(try store.parkedChanges(.waiting).first)
        #expect(record.number == 1)
        #expect(record.replayedAt == nil)
        #expect("\(record.change)" == "\(change)")
    }

    @Test func changesAreListedInTheOrderOfParkingByWhatIsAskedFor() throws {
        try store.park([Samples.parked(1), Samples.parked(2, sink: "elastic"), Samples.parked(3, table: Samples.users)])
        #expect(try numbers(.waiting) == [1, 2, 3])
        #expect(try numbers(ParkedSelection(sink: "redis")) == [1, 3])
        #expect(try numbers(ParkedSelection(table: Samples.users)) == [3])
        #expect(try numbers(ParkedSelection(numbers: [2, 3, 99])) == [2, 3])
        #expect(try numbers(ParkedSelection(limit: 1, after: 1)) == [2])
        #expect(try store.parkedCount(ParkedSelection(sink: "redis", limit: 1)) == 2)
    }

    @Test func aChangeThatIsParkedAgainKeepsItsNumberAndWaitsAgain() throws {
        try store.park([Samples.parked(1), Samples.parked(2)])
        try store.markReplayed([1], at: 5)
        #expect(try numbers(.waiting) == [2])
        try store.park([Samples.parked(1, reason: "still too long")])
        let records = try store.parkedChanges(.waiting)
        #expect(records.map(\.number) == [1, 2])
        #expect(records.first?.change.reason == "still too long")
    }

    @Test func aReplayedChangeIsListedOnlyOnRequest() throws {
        try store.park([Samples.parked(1)])
        try store.markReplayed([1, 7], at: 5)
        try store.markReplayed([1], at: 6)
        #expect(try store.parkedCount(.waiting) == 0)
        #expect(try store.parkedChanges(ParkedSelection(includesReplayed: true)).first?.replayedAt == 5)
    }

    @Test func aDiscardedChangeIsGoneAndItsNumberIsNeverGivenAgain() throws {
        try store.park([Samples.parked(1), Samples.parked(2)])
        #expect(try store.discardParked(ParkedSelection(numbers: [2])) == 1)
        #expect(try store.discardParked(ParkedSelection(numbers: [2])) == 0)
        try store.park([Samples.parked(3)])
        #expect(try numbers(.waiting) == [1, 3])
    }

    @Test func thousandsOfChangesParkInOneGo() throws {
        try store.park((0..<5_000).map { Samples.parked(UInt64($0)) })
        #expect(try store.parkedCount(.waiting) == 5_000)
        #expect(try store.discardParked(.waiting) == 5_000)
    }

    private func numbers(_ selection: ParkedSelection) throws -> [Int64] {
        try store.parkedChanges(selection).map(\.number)
    }
}

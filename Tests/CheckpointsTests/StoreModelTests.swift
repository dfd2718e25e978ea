import Randomness
import Change
import Checkpoints
import Connector
import ConnectorTestKit
import Testing

/// Random runs against the in-memory model.
struct StoreModelTests {
    @Test(arguments: 0..<12 as Range<UInt64>)
    func theStoreDoesWhatTheModelDoesWhateverIsSavedParkedAndReset(seed: UInt64) throws {
        let temporary = try TemporaryFolder()
        var random = SeededNumbers(seed: seed)
        let model = MemoryCheckpointStore()
        var store: SQLiteCheckpointStore? = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
        for _ in 0..<120 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                store = nil
                store = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
            case 1:
                let parked = Samples.parked(.random(in: 0..<6, using: &random), reason: "seen \(random.next() % 3)")
                try store?.park([parked])
                try model.park([parked])
            case 2:
                let numbers: Set<Int64> = [.random(in: 1..<9, using: &random)]
                try store?.markReplayed(numbers, at: 3)
                try model.markReplayed(numbers, at: 3)
            case 3:
                let selection = ParkedSelection(after: .random(in: 0..<9, using: &random))
                #expect(try store?.discardParked(selection) == model.discardParked(selection))
            case 4 where random.next() % 4 == 0:
                try store?.reset(sinks: ["redis"])
                model.reset(sinks: ["redis"])
            case 4 where random.next() % 3 == 0:
                let epoch = UInt8(random.next() % 33)
                let outcomes = [
                    Result { try store?.reset(sinks: ["redis", "kafka"], above: epoch) }.isSuccess,
                    Result { try model.reset(sinks: ["redis", "kafka"], above: epoch) }.isSuccess,
                ]
                #expect(outcomes[0] == outcomes[1])
            default:
                let update = update(using: &random)
                let outcomes = [
                    Result { try store?.save(update) }.isSuccess, Result { try model.save(update) }.isSuccess,
                ]
                #expect(outcomes[0] == outcomes[1])
            }
            #expect(try store?.load() == model.load())
            let all = ParkedSelection(includesReplayed: true)
            #expect(try store.map { "\(try $0.parkedChanges(all))" } == "\(try model.parkedChanges(all))")
        }
    }

    private func update(using random: inout SeededNumbers) -> StateUpdate {
        var update = StateUpdate()
        let key = SnapshotKey(
            sink: ["redis", "elastic"].randomElement(using: &random) ?? "redis",
            table: [Samples.orders, Samples.users].randomElement(using: &random) ?? Samples.orders)
        if random.next() % 8 == 0 { update.epoch = UInt8(random.next() % 32) }
        if random.next() % 6 == 0 { update.source = SourceIdentity(["system": "\(random.next() % 2)"]) }
        if random.next() % 2 == 0 {
            let commit = random.next() % 50
            update.progress[key.sink] = SourceProgress(commit: commit, end: commit + random.next() % 3)
        }
        if random.next() % 5 == 0 { update.incarnations[key.sink] = SinkIncarnation(["run": "\(random.next())"]) }
        if random.next() % 4 == 0 {
            update.snapshotsBegun[key] = SnapshotState(
                plan: Samples.plan(of: key.table, commit: random.next() >> 14), fingerprint: random.next(),
                findsDeletes: random.next() % 2 == 0)
        }
        if random.next() % 2 == 0 {
            update.chunksFinished[key] = Set((0..<3).map { _ in Int.random(in: 0..<40, using: &random) })
        }
        if random.next() % 9 == 0 { update.snapshotsCompleted = [key] }
        if random.next() % 3 == 0 { update.snapshotSaves[key.sink] = Int64(random.next() % 100) }
        if random.next() % 7 == 0 { update.snapshotsLost = [key] }
        if random.next() % 6 == 0 {
            update.floors[key.sink] = ["m": Version(rawValue: Int64(random.next() % 9))]
        }
        return update
    }
}

extension Result {
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}

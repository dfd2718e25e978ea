import Change
import Checkpoints
import Connector
import Foundation
import Testing

/// Every accident that can befall the bytes ends in an error or in a state that was once saved; never in another one.
struct DamagedStoreTests {
    let temporary: TemporaryFolder
    let path: String
    /// What the store remembered after each save, parked changes included.
    let history: [String]
    /// The file and its log as a kill after the last save leaves them.
    let file: [UInt8]
    let log: [UInt8]

    init() throws {
        temporary = try TemporaryFolder()
        path = temporary.folder.storePath(of: "shop")
        let store = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
        var history: [String] = []
        try store.save(Samples.everything)
        history.append(try Self.memory(of: store))
        for ordinal in 0..<30 as Range<UInt64> {
            try store.park([Samples.parked(ordinal)])
            history.append(try Self.memory(of: store))
            try store.save(Samples.progress(10 + ordinal, of: "elastic"))
            history.append(try Self.memory(of: store))
        }
        file = try temporary.bytes(of: path)
        log = try temporary.bytes(of: path + "-wal")
        self.history = history
    }

    @Test func aKillAfterTheLastSaveLosesNothing() throws {
        #expect(try reopen(file: file, log: log) == history.last)
        #expect(log.count > 10_000)
    }

    @Test func aLogCutShortBringsBackAnEarlierSave() throws {
        var seen: Set<String> = []
        for length in stride(from: 0, through: log.count, by: 1_031) {
            guard let memory = try reopen(file: file, log: Array(log.prefix(length))) else { continue }
            #expect(history.contains(memory), "cut at \(length)")
            seen.insert(memory)
        }
        #expect(seen.count > 10)
    }

    @Test func aFlippedBitInTheLogBringsBackAnEarlierSaveOrAnError() throws {
        for offset in stride(from: 0, to: log.count, by: 997) {
            var damaged = log
            damaged[offset] ^= 1 << UInt8(offset % 8)
            guard let memory = try reopen(file: file, log: damaged) else { continue }
            #expect(history.contains(memory), "flipped at \(offset)")
        }
    }

    @Test func aFileCutShortIsRefusedOrLacksNothing() throws {
        let whole = try settledFile()
        for length in stride(from: 0, to: whole.count, by: 509) {
            guard let memory = try reopen(file: Array(whole.prefix(length))) else { continue }
            #expect(memory == history.last, "cut at \(length)")
        }
    }

    @Test func aFlippedBitInTheFileIsRefusedOrChangesNothing() throws {
        let whole = try settledFile()
        var refused = 0
        let offsets = Array(0..<100) + Array(stride(from: 100, to: whole.count, by: 61))
        for offset in offsets {
            var damaged = whole
            damaged[offset] ^= 1 << UInt8(offset % 8)
            guard let memory = try reopen(file: damaged) else {
                refused += 1
                continue
            }
            #expect(memory == history.last, "flipped at \(offset)")
        }
        #expect(refused > 100)
    }

    @Test func aPageOfAnEarlierStateAmongLaterOnesIsRefusedOrChangesNothing() throws {
        let whole = try settledFile()
        let pageSize = 4_096
        for page in 0..<(min(file.count, whole.count) / pageSize) {
            var mixed = whole
            mixed.replaceSubrange(
                page * pageSize..<(page + 1) * pageSize, with: file[page * pageSize..<(page + 1) * pageSize])
            guard let memory = try reopen(file: mixed) else { continue }
            #expect(memory == history.last, "page \(page)")
        }
    }

    /// The whole state in the file itself, without a log.
    private func settledFile() throws -> [UInt8] {
        _ = try reopen(file: file, log: log)
        return try temporary.bytes(of: path)
    }

    /// What is remembered after opening these bytes; nil if they are refused, which must be with the right error.
    private func reopen(file: [UInt8], log: [UInt8]? = nil) throws -> String? {
        try? FileManager.default.removeItem(atPath: path + "-shm")
        try? FileManager.default.removeItem(atPath: path + "-wal")
        try temporary.write(file, to: path)
        if let log { try temporary.write(log, to: path + "-wal") }
        do {
            return try Self.memory(of: SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop"))
        } catch let error as MillraceError {
            #expect(error.code == .stateForeign, "\(error)")
            return nil
        }
    }

    private static func memory(of store: SQLiteCheckpointStore) throws -> String {
        let state = try store.load()
        let sinks = state.sinks.sorted { $0.key < $1.key }.map { name, sink in
            "\(name) \(sink.progress as Any) \(sink.incarnation?.parts.sorted { $0.key < $1.key } as Any)"
                + " \(sink.floors) "
                + sink.snapshots.map {
                    "\($0.value.plan) \($0.value.finishedChunks.sorted()) \($0.value.findsDeletes) \($0.value.isComplete)"
                }
                .joined()
        }
        let parked = try store.parkedChanges(ParkedSelection(includesReplayed: true))
        return "\(state.source?.description ?? "-") \(state.epoch) \(sinks) \(parked)"
    }
}

import Randomness
import Change
import Checkpoints
import Connector
import Foundation
import Testing

/// What the system does to a process that saves: ends it, gives it no more disk, takes its rights.
struct InterruptedStoreTests {
    @Test(arguments: 0..<6 as Range<UInt64>)
    func aKillAtAnyInstantLosesNothingThatWasSaved(seed: UInt64) async throws {
        let temporary = try TemporaryFolder()
        let root = temporary.url.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [root = root as String, seed = seed as UInt64] in
            try InterruptedStoreTests.saveUntilKilled(root: root, seed: seed)
        }
        let confirmed = try String(contentsOfFile: root + "/confirmed", encoding: .utf8)
        let last = try #require(confirmed.split(separator: "\n").last.flatMap { UInt64($0) })
        let store = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
        let state = try store.load()
        let commit = try #require(state.sinks["redis"]?.progress?.commit)
        #expect(commit == last || commit == last + 1)
        #expect(state.sinks["elastic"]?.progress?.commit == commit)
        let parked = UInt64(try store.parkedCount(.waiting))
        #expect(parked == commit || parked == commit + 1)
        try store.save(Samples.progress(commit + 1))
    }

    /// Parks, saves and confirms in turn; a second thread kills the process somewhere in between.
    static func saveUntilKilled(root: String, seed: UInt64) throws {
        let store = try SQLiteCheckpointStore(folder: StateFolder(root + "/state"), pipeline: "shop")
        _ = FileManager.default.createFile(atPath: root + "/confirmed", contents: nil)
        let confirmations = try #require(FileHandle(forWritingAtPath: root + "/confirmed"))
        var random = SeededNumbers(seed: seed)
        let killedAfter = UInt32.random(in: 1_000..<200_000, using: &random)
        for commit in 1...UInt64.max {
            try store.park([Samples.parked(commit)])
            var update = Samples.progress(commit)
            update.progress["elastic"] = update.progress["redis"]
            try store.save(update)
            try confirmations.write(contentsOf: Data("\(commit)\n".utf8))
            guard commit == 3 else { continue }
            Thread.detachNewThread {
                usleep(killedAfter)
                kill(getpid(), SIGKILL)
            }
        }
    }

    @Test func aFullDiskKeepsTheOldStateAndSavingGoesOnOnceThereIsSpace() async {
        await #expect(processExitsWith: .success) {
            try InterruptedStoreTests.fillTheDisk()
        }
    }

    static func fillTheDisk() throws {
        let temporary = try TemporaryFolder()
        let store = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
        try store.save(Samples.progress(1))
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        getrlimit(RLIMIT_FSIZE.number, &limit)
        let roomy = limit
        limit.rlim_cur = 60_000
        setrlimit(RLIMIT_FSIZE.number, &limit)
        var saved: UInt64 = 1
        var failures = 0
        while failures < 20, saved < 10_000 {
            do {
                try store.save(Samples.progress(saved + 1))
                saved += 1
            } catch let error as MillraceError where error.code == .stateUnavailable {
                failures += 1
                try require(try store.load().sinks["redis"]?.progress?.commit == saved)
            }
        }
        try require(failures == 20)
        limit = roomy
        setrlimit(RLIMIT_FSIZE.number, &limit)
        try store.save(Samples.progress(saved + 1))
        try require(try store.load().sinks["redis"]?.progress?.commit == saved + 1)
    }

    @Test func aFolderThatMayNotBeWrittenIsAnErrorAndNotALoss() async {
        await #expect(processExitsWith: .success) {
            try InterruptedStoreTests.loseTheRightToWrite()
        }
    }

    static func loseTheRightToWrite() throws {
        let temporary = try TemporaryFolder()
        if getuid() == 0 {
            try require(chown(temporary.url.path, 65_534, 65_534) == 0)
            try require(setgid(65_534) == 0 && setuid(65_534) == 0)
        }
        let path = temporary.folder.path
        do {
            let store = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
            try store.save(Samples.progress(1))
        }
        for (mode, file) in [(mode_t(0o500), mode_t(0o600)), (0o700, 0o400), (0o000, 0o600)] {
            chmod(temporary.folder.storePath(of: "shop"), file)
            chmod(path, mode)
            do {
                let store = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
                try store.save(Samples.progress(2))
                throw Failure()
            } catch let error as MillraceError where error.code == .stateUnavailable {}
            chmod(path, 0o700)
            chmod(temporary.folder.storePath(of: "shop"), 0o600)
            let store = try SQLiteCheckpointStore(folder: temporary.folder, pipeline: "shop")
            try require(try store.load().sinks["redis"]?.progress?.commit == 1)
        }
    }

    struct Failure: Error {}

    static func require(_ claim: Bool, line: Int = #line) throws {
        guard !claim else { return }
        FileHandle.standardError.write(Data("line \(line): the claim does not hold\n".utf8))
        throw Failure()
    }
}

#if canImport(Glibc)
    extension __rlimit_resource {
        fileprivate var number: __rlimit_resource_t { __rlimit_resource_t(rawValue) }
    }
#else
    extension Int32 {
        fileprivate var number: Int32 { self }
    }
#endif

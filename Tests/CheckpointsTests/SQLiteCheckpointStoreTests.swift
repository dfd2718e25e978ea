import Change
import Connector
import ConnectorTestKit
import Foundation
import Testing

@testable import Checkpoints

struct SQLiteCheckpointStoreTests {
    let temporary: TemporaryFolder
    var folder: StateFolder { temporary.folder }

    init() throws {
        temporary = try TemporaryFolder()
    }

    func open(_ pipeline: String = "shop") throws -> SQLiteCheckpointStore {
        try SQLiteCheckpointStore(folder: folder, pipeline: pipeline)
    }

    @Test func aPipelineThatNeverRanRemembersNothing() throws {
        #expect(try open().load() == PipelineState())
    }

    @Test func everythingSavedIsThereAfterOpeningAgain() throws {
        let model = MemoryCheckpointStore()
        try model.save(Samples.everything)
        do {
            let store = try open()
            try store.save(Samples.everything)
            #expect(try store.load() == model.load())
        }
        #expect(try open().load() == model.load())
        #expect(try model.load().sinks["redis"]?.snapshots[Samples.orders]?.finishedChunks == [0, 1, 2, 3, 7, 9, 39])
    }

    @Test func theFolderAndEveryFileInItAreForTheOwnerAlone() throws {
        let store = try open()
        try store.save(Samples.everything)
        #expect(try permissions(of: folder.path) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.contains("shop.sqlite-wal"))
        for name in names { #expect(try permissions(of: "\(folder.path)/\(name)") == 0o600, "\(name)") }
        #expect(folder.pipelines() == ["shop"])
    }

    @Test func aFileThatOthersMayReadIsClosedToThemAtOpening() throws {
        _ = try open()
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: folder.storePath(of: "shop"))
        _ = try open()
        #expect(try permissions(of: folder.storePath(of: "shop")) == 0o600)
    }

    @Test func aPositionNeverGoesBack() throws {
        let store = try open()
        try store.save(Samples.progress(10))
        try store.save(Samples.progress(10))
        let error = #expect(throws: MillraceError.self) { try store.save(Samples.progress(9)) }
        #expect(error?.code == .invariant)
        #expect(try store.load().sinks["redis"]?.progress?.commit == 10)
    }

    @Test func anUpdateThatIsRefusedInPartIsRefusedAsAWhole() throws {
        let store = try open()
        try store.save(Samples.progress(10))
        var update = Samples.progress(9)
        update.progress["elastic"] = SourceProgress(commit: 50, end: 400)
        update.epoch = 0
        #expect(throws: MillraceError.self) { try store.save(update) }
        #expect(try store.load().sinks["elastic"] == nil)
    }

    @Test func aHigherEpochAllowsAnotherSourceAndLowerPositions() throws {
        let store = try open()
        try store.save(Samples.everything)
        var update = Samples.progress(1)
        update.source = SourceIdentity(["system": "other"])
        #expect(throws: MillraceError.self) { try store.save(update) }
        update.epoch = 3
        try store.save(update)
        let state = try store.load()
        #expect(state.source == update.source)
        #expect(state.sinks["redis"]?.progress?.commit == 1)
        #expect(throws: MillraceError.self) {
            var lower = StateUpdate()
            lower.epoch = 2
            try store.save(lower)
        }
    }

    @Test func aSinkThatCameBackAsAnotherIncarnationMayResumeEarlier() throws {
        let store = try open()
        try store.save(Samples.everything)
        var update = Samples.progress(7)
        update.incarnations = Samples.everything.incarnations
        #expect(throws: MillraceError.self) { try store.save(update) }
        update.incarnations = ["redis": SinkIncarnation(["run": "another"])]
        try store.save(update)
        #expect(try store.load().sinks["redis"]?.progress?.commit == 7)
    }

    @Test func aResetTouchesOnlyTheSinksNamed() throws {
        let store = try open()
        try store.save(Samples.everything)
        try store.park([Samples.parked(1)])
        let elastic = try store.load().sinks["elastic"]
        try store.reset(sinks: ["redis"])
        let state = try store.load()
        #expect(state.sinks["redis"] == SinkState())
        #expect(state.sinks["elastic"] == elastic)
        #expect(state.source == Samples.source)
        #expect(state.epoch == 2)
        try store.save(Samples.progress(1))
        #expect(try store.parkedCount(.waiting) == 1)
    }

    @Test func aResetOfEverythingForgetsTheSourceAndRaisesTheEpochForGood() throws {
        do {
            let store = try open()
            try store.save(Samples.everything)
            try store.park([Samples.parked(1)])
            #expect(try store.reset(sinks: ["redis", "another"], above: 0) == 3)
        }
        let store = try open()
        let state = try store.load()
        #expect(state.epoch == 3)
        #expect(state.source == nil)
        #expect(
            state.sinks == ["redis": SinkState(), "elastic": SinkState(), "later": SinkState(), "another": SinkState()])
        #expect(try store.parkedCount(.waiting) == 1)
        // Another source, whose positions are lower.
        var update = Samples.progress(1)
        update.source = SourceIdentity(["system": "other"])
        try store.save(update)
        #expect(try store.load().sinks["redis"]?.progress?.commit == 1)
    }

    @Test func aResetRaisesTheEpochAboveWhatASinkKnowsOf() throws {
        let store = try open()
        #expect(try store.reset(sinks: ["redis"], above: 7) == 8)
        #expect(try store.load().epoch == 8)
    }

    @Test func theLastEpochIsNotPassedAndNothingIsLost() throws {
        let store = try open()
        var update = Samples.everything
        update.epoch = Version.epochMax
        try store.save(update)
        let before = try store.load()
        for epoch: UInt8 in [0, Version.epochMax] {
            let error = #expect(throws: MillraceError.self) { try store.reset(sinks: ["redis"], above: epoch) }
            #expect(error?.code == .epochSpent)
            #expect(error?.message.contains("`millrace remove`") == true)
            #expect(try store.load() == before)
        }
    }

    @Test(arguments: [EarlierFormat.first, .second])
    func aStoreOfAnEarlierFormatIsBroughtUpToDateAndLosesNothing(format: EarlierFormat) throws {
        let memory: PipelineState
        do {
            let store = try open()
            try store.save(Samples.everything)
            try store.park([Samples.parked(1), Samples.parked(2)])
            var state = try store.load()
            for (sink, known) in state.sinks {
                for table in known.snapshots.keys {
                    if format == .first { state.sinks[sink]?.snapshots[table]?.findsDeletes = false }
                    state.sinks[sink]?.snapshots[table]?.lastSave = 0
                }
            }
            memory = state
            try store.close()
        }
        try EarlierFormatFile.make(format, of: folder.storePath(of: "shop"))
        for _ in 0..<2 {
            let store = try open()
            #expect(try store.load() == memory)
            #expect(try store.parkedCount(.waiting) == 2)
            try store.close()
        }
    }

    @Test func removingAStoreLeavesNothingBehind() throws {
        let store = try open()
        try store.save(Samples.everything)
        try store.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(try open().load() == PipelineState())
    }

    @Test func theStoreOfAnotherPipelineIsRefused() throws {
        _ = try open("one")
        try FileManager.default.moveItem(
            atPath: folder.storePath(of: "one"), toPath: folder.storePath(of: "two"))
        let error = #expect(throws: MillraceError.self) { try open("two") }
        #expect(error?.code == .stateForeign)
        #expect(error?.message == "the state belongs to pipeline one")
    }

    @Test func aLaterFormatIsRefusedWithWords() throws {
        _ = try open()
        let path = folder.storePath(of: "shop")
        var bytes = try temporary.bytes(of: path)
        bytes[63] = 9
        try temporary.write(bytes, to: path)
        let error = #expect(throws: MillraceError.self) { try open() }
        #expect(error?.code == .stateForeign)
        #expect(error?.message.contains("format 9, which a later version of Millrace wrote") == true)
    }

    @Test func whatIsNotAStoreIsRefusedAndLeftAsItIs() throws {
        try folder.create()
        let path = folder.storePath(of: "shop")
        for content in [[], Array("some text".utf8), Array(repeating: UInt8(ascii: "x"), count: 5000)] {
            try temporary.write(content, to: path)
            #expect(throws: MillraceError.self) { try open() }
            #expect(try temporary.bytes(of: path) == content)
        }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
        let error = #expect(throws: MillraceError.self) { try open() }
        #expect(error?.code == .stateForeign)
    }

    @Test func aLogWithoutItsFileIsNotTakenForAPipelineThatNeverRan() throws {
        try folder.create()
        try temporary.write([1, 2, 3], to: folder.storePath(of: "shop") + "-wal")
        let error = #expect(throws: MillraceError.self) { try open() }
        #expect(error?.code == .stateForeign)
    }

    @Test func anUnfinishedCreationIsBegunAgain() throws {
        try folder.create()
        try temporary.write([1, 2, 3], to: folder.storePath(of: "shop") + ".new")
        #expect(try open().load() == PipelineState())
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).contains("shop.sqlite.new") == false)
    }

    private func permissions(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}

import Checkpoints
import Connector
import Foundation
import Testing

struct PipelineLockTests {
    let temporary: TemporaryFolder
    var folder: StateFolder { temporary.folder }

    init() throws {
        temporary = try TemporaryFolder()
        try folder.create()
    }

    @Test func theSecondToTakeALockIsToldWhoHoldsIt() throws {
        let lock = try PipelineLock(folder: folder, pipeline: "shop")
        let error = #expect(throws: MillraceError.self) { try PipelineLock(folder: folder, pipeline: "shop") }
        #expect(error?.code == .stateInUse)
        #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        #expect(
            PipelineLock.holder(folder: folder, pipeline: "shop") == Int(ProcessInfo.processInfo.processIdentifier))
        withExtendedLifetime(lock) {}
    }

    @Test func aLockIsFreeOnceItsHolderIsGoneAndOfOtherPipelinesAlways() throws {
        do {
            let lock = try PipelineLock(folder: folder, pipeline: "shop")
            _ = try PipelineLock(folder: folder, pipeline: "other")
            withExtendedLifetime(lock) {}
        }
        #expect(PipelineLock.holder(folder: folder, pipeline: "shop") == nil)
        #expect(PipelineLock.holder(folder: folder, pipeline: "never") == nil)
        _ = try PipelineLock(folder: folder, pipeline: "shop")
    }

    @Test func aLinkInTheLocksPlaceIsNotFollowed() throws {
        let target = temporary.url.appending(path: "target").path
        try temporary.write([1, 2, 3], to: target)
        try FileManager.default.createSymbolicLink(
            atPath: folder.lockPath(of: "shop"), withDestinationPath: target)
        let error = #expect(throws: MillraceError.self) { try PipelineLock(folder: folder, pipeline: "shop") }
        #expect(error?.code == .stateUnavailable)
        #expect(try temporary.bytes(of: target) == [1, 2, 3])
    }
}

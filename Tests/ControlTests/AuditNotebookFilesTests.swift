import Change
import Checkpoints
import Connector
import Foundation
import Testing

@testable import Audit
@testable import Control
@testable import Engine

struct AuditNotebookFilesTests {
    private static let plan = SnapshotPlan(
        table: TableName(namespace: "public", name: "items"), tableID: 7, commit: 77, chunkCount: 40,
        rowsEstimated: 4_000,
        bytesEstimated: 1, isResumable: true, ranges: "{}")

    private func notes(chunk: Int, counts: [Int]) -> AuditNotes {
        var notes = AuditNotes(
            tables: nil, isRedacted: false, epoch: 3, report: AuditReport(pipeline: "shop", startedAt: 1, finishedAt: 0)
        )
        notes.table = AuditNotes.Table(
            plan: Self.plan, chunk: chunk, parts: [], unsettled: [["4"]], keyCounts: counts)
        return notes
    }

    private func withFolder(_ body: (StateFolder) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "notebook-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(StateFolder(folder.path))
    }

    @Test func whatWasNotedComesBackAndIsForgottenWhenItIsDone() throws {
        try withFolder { state in
            let book = AuditNotebookFiles(pipeline: "shop", in: state)
            #expect(try book.load() == nil)
            try book.save(notes(chunk: 16, counts: [3, 0]), adding: [KeyHashes([9, 1, UInt64.max]), KeyHashes()])
            try book.save(notes(chunk: 32, counts: [5, 1]), adding: [KeyHashes([2, 4]), KeyHashes([8])])
            // Another process reads what this one left.
            let found = try #require(try AuditNotebookFiles(pipeline: "shop", in: state).load())
            #expect(found.notes.table?.chunk == 32 && found.notes.table?.unsettled == [["4"]])
            #expect(found.notes.epoch == 3)
            #expect(found.keys.map(Set.init) == [[9, 1, .max, 2, 4], [8]])
            try book.clear()
            #expect(try book.load() == nil)
            try book.clear()
        }
    }

    /// A kill between the hashes and the notes leaves hashes that are not noted: they are read, and added, once more.
    @Test func hashesThatAreNotNotedAreReplacedAndMissingOnesVoidTheNotes() throws {
        try withFolder { state in
            let book = AuditNotebookFiles(pipeline: "shop", in: state)
            try book.save(notes(chunk: 16, counts: [2]), adding: [KeyHashes([1, 2])])
            let keys = URL(fileURLWithPath: state.auditsPath(of: "shop") + "/under-way/keys-0")
            let written = try Data(contentsOf: keys)
            try (written + Data(repeating: 0xFF, count: 13)).write(to: keys)
            #expect(try book.load()?.keys == [[1, 2]])
            try book.save(notes(chunk: 32, counts: [3]), adding: [KeyHashes([5])])
            #expect(try book.load()?.keys == [[1, 2, 5]])
            try written.prefix(11).write(to: keys)
            #expect(try book.load() == nil)
        }
    }

    @Test func notesThatCannotBeReadAreNone() throws {
        try withFolder { state in
            let book = AuditNotebookFiles(pipeline: "shop", in: state)
            try book.save(notes(chunk: 16, counts: []), adding: [])
            let file = URL(fileURLWithPath: state.auditsPath(of: "shop") + "/under-way/notes")
            let whole = try Data(contentsOf: file)
            for length in stride(from: 0, to: whole.count, by: 7) {
                try whole.prefix(length).write(to: file)
                #expect(try book.load() == nil)
            }
        }
    }
}

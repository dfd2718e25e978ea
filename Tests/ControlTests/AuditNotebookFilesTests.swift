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

    private func notes(chunk: Int, runs: [[Int]]) -> AuditNotes {
        var notes = AuditNotes(
            tables: nil, isRedacted: false, epoch: 3, report: AuditReport(pipeline: "shop", startedAt: 1, finishedAt: 0)
        )
        notes.table = AuditNotes.Table(
            plan: Self.plan, chunk: chunk, parts: [], unsettled: [["4"]], runs: runs)
        return notes
    }

    private func withFolder(_ body: (StateFolder) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "notebook-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(StateFolder(folder.path))
    }

    private func digests(_ keys: UInt64...) -> [RowDigest] { keys.map { RowDigest(key: $0, digest: ~$0) } }

    @Test func whatWasNotedComesBackAndIsForgottenWhenItIsDone() throws {
        try withFolder { state in
            let book = AuditNotebookFiles(pipeline: "shop", in: state)
            #expect(try book.load() == nil)
            try book.rows(of: 0).write(digests(1, 9, .max), after: 0)
            try book.save(notes(chunk: 16, runs: [[3], []]))
            try book.rows(of: 0).write(digests(2, 4), after: 3)
            try book.rows(of: 1).write(digests(8), after: 0)
            try book.save(notes(chunk: 32, runs: [[3, 2], [1]]))
            // Another process reads what this one left.
            let other = AuditNotebookFiles(pipeline: "shop", in: state)
            let found = try #require(try other.load())
            #expect(
                found.table?.chunk == 32 && found.table?.unsettled == [["4"]] && found.table?.runs == [[3, 2], [1]])
            #expect(found.epoch == 3)
            #expect(try other.rows(of: 0).read(0..<5) == digests(1, 9, .max, 2, 4))
            #expect(try other.rows(of: 0).read(2..<4) == digests(.max, 2))
            #expect(try other.rows(of: 1).read(0..<1) == digests(8))
            try book.clear()
            #expect(try book.load() == nil)
            try book.clear()
        }
    }

    /// A kill between the digests and the notes leaves digests that are not noted: they are read, and added, once more.
    @Test func digestsThatAreNotNotedAreReplacedAndMissingOnesVoidTheNotes() throws {
        try withFolder { state in
            let book = AuditNotebookFiles(pipeline: "shop", in: state)
            try book.rows(of: 0).write(digests(1, 2), after: 0)
            try book.save(notes(chunk: 16, runs: [[2]]))
            let file = URL(fileURLWithPath: state.auditsPath(of: "shop") + "/under-way/rows-0")
            let written = try Data(contentsOf: file)
            try (written + Data(repeating: 0xFF, count: 21)).write(to: file)
            #expect(try book.load() != nil)
            try book.rows(of: 0).write(digests(5), after: 2)
            #expect(try book.rows(of: 0).read(0..<3) == digests(1, 2, 5))
            #expect(try book.rows(of: 0).count == 3)
            #expect(throws: MillraceError.self) { try book.rows(of: 0).read(0..<4) }
            try written.prefix(19).write(to: file)
            #expect(try book.load() == nil)
        }
    }

    @Test func whatStandsInATargetIsKeptOnlyWhileItIsNeeded() throws {
        try withFolder { state in
            let entries = AuditNotebookFiles(pipeline: "shop", in: state).entries(of: 3)
            #expect(try entries.count == 0)
            try entries.write(digests(1, 2), after: 0)
            try entries.write(digests(3), after: 1)
            #expect(try entries.read(0..<2) == digests(1, 3))
            try entries.clear()
            #expect(try entries.count == 0)
            try entries.clear()
        }
    }

    @Test func notesThatCannotBeReadAreNone() throws {
        try withFolder { state in
            let book = AuditNotebookFiles(pipeline: "shop", in: state)
            try book.save(notes(chunk: 16, runs: []))
            let file = URL(fileURLWithPath: state.auditsPath(of: "shop") + "/under-way/notes")
            let whole = try Data(contentsOf: file)
            for length in stride(from: 0, to: whole.count, by: 7) {
                try whole.prefix(length).write(to: file)
                #expect(try book.load() == nil)
            }
        }
    }
}

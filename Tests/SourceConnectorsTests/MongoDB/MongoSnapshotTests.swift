import Change
import Connector
import Foundation
import MongoClient
import Testing

@testable import SourceConnectors

@Suite(.serialized, .enabled(if: Lab.isEnabled), .timeLimit(.minutes(3)))
struct MongoSnapshotTests {
    /// One `_id` of every type that can be one, smallest first in the server's order.
    private static let ids = [
        #"{"$minKey": 1}"#, #"{"$numberDouble": "NaN"}"#, #"{"$numberDouble": "-Infinity"}"#, "-3", "0",
        #"{"$numberDecimal": "0.1"}"#, "1", #"{"$numberDouble": "1.5"}"#, #"{"$numberLong": "2"}"#,
        #"{"$numberLong": "9223372036854775807"}"#, #""""#, #""a""#, #""b""#, #"{"a": 1, "b": 2}"#, #"{"b": 2, "a": 1}"#,
        #"{"$binary": {"base64": "AAECAw==", "subType": "00"}}"#,
        #"{"$binary": {"base64": "AAECAwQFBgcICQoLDA0ODw==", "subType": "04"}}"#,
        #"{"$oid": "0123456789abcdef01234567"}"#, "false", "true", #"{"$date": {"$numberLong": "-99999999999999"}}"#,
        #"{"$date": {"$numberLong": "0"}}"#, #"{"$timestamp": {"t": 1, "i": 1}}"#, #"{"$maxKey": 1}"#,
    ]

    @Test func everyTypeOfKeyIsReadOnceWhereverTheChunksAreCut() async throws {
        try await MongoDatabase.with { database in
            let documents = Self.ids.shuffled().map { #"{"_id": \#($0), "n": 1}"# }.joined(separator: ", ")
            try await database.run(#"{"insert": "a", "documents": [\#(documents)]}"#)
            let planner = DocumentPlanner(chunkRows: 1, chunkBytes: 1)
            let table = TableName(namespace: database.name, name: "a")
            for rows in [1, 2, 5, 23, 24, 100] {
                let boundaries = try await database.ask { try planner.boundaries(of: table, every: rows, on: $0) }
                // The last of all, MaxKey, is never a boundary.
                #expect(boundaries.count == (Self.ids.count - 2) / rows)
                try await MongoRunning.stream(database, ["a"]) { running in
                    let ranges = DocumentRanges.byID(boundaries: boundaries)
                    let plan = SnapshotPlan(
                        table: table, tableID: FieldTable.id(of: table), commit: running.start.progress.commit,
                        chunkCount: ranges.chunkCount, rowsEstimated: 0, bytesEstimated: 0, isResumable: true,
                        ranges: try ranges.text())
                    try await running.source.runSnapshot(plan, run: 1, skipping: [])
                    let record = running.recorder.record
                    #expect(record.read.count == Self.ids.count)
                    #expect(Set(record.read.map { $0.new[0] }).count == Self.ids.count)
                    #expect(record.chunksFinished == Set(0..<plan.chunkCount))
                }
            }
        }
    }

    @Test func finishedChunksAreNotReadAgain() async throws {
        try await MongoDatabase.with { database in
            let many = (0..<1_000).map { #"{"_id": \#($0)}"# }.joined(separator: ", ")
            try await database.run(#"{"insert": "a", "documents": [\#(many)]}"#)
            try await MongoRunning.stream(database, ["a"], options: ["chunk_rows": .integer(100)]) { running in
                let plan = try await running.snapshot("a", of: database, skipping: [0, 1, 2, 8])
                #expect(plan.chunkCount == 10)
                #expect(running.recorder.record.chunksFinished == [3, 4, 5, 6, 7, 9])
                #expect(running.recorder.record.read.count == 600)
            }
        }
    }

    @Test func singleDocumentsAreReadAgainAndThoseThatAreGoneAreDeleted() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"insert": "a", "documents": [{"_id": 1, "v": "x"}, {"_id": {"$oid": "0123456789abcdef01234567"}}]}"#)
            try await MongoRunning.stream(database, ["a"]) { running in
                let plan = try await running.source.planReread(
                    of: TableName(namespace: database.name, name: "a"),
                    keys: [[#"{"$numberInt":"1"}"#], [#"{"$oid":"0123456789abcdef01234567"}"#], [#""gone""#]])
                try await running.source.runSnapshot(plan, run: 4, skipping: [])
                let seen = running.recorder.record.seen
                #expect(seen.map(\.kind).sorted { $0.rawValue < $1.rawValue } == [.delete, .read, .read])
                #expect(seen.first { $0.kind == .delete }?.old.first == #""gone""#)
            }
        }
    }

    @Test func rowsAreFoundByAnyFieldAsTheyAreNow() async throws {
        try await MongoDatabase.with { database in
            try await database.run(
                #"{"insert": "a", "documents": [{"_id": 1, "c": {"$oid": "0123456789abcdef01234567"}}, {"_id": 2, "c": "x"}, {"_id": 3, "c": {"$gt": 1}}]}"#)
            let source = try MongoRunning.makeSource(database, ["a"])
            let schema = try #require(try await source.describe(source.tables).first)
            let column = try #require(schema.index(of: "c"))
            let result = try await source.lookup(
                LookupRequest(
                    schema: schema, keyColumns: [column],
                    keys: [[#"{"$oid":"0123456789abcdef01234567"}"#], [#""x""#], [#""none""#], [#"{"$gt":{"$numberInt":"1"}}"#]],
                    transactions: []))
            #expect(result.rows.map { $0.map { $0.text(0) } } == [
                [#"{"$numberInt":"1"}"#], [#"{"$numberInt":"2"}"#], [], [#"{"$numberInt":"3"}"#],
            ])
        }
    }

    @Test(arguments: [false, true])
    func writersDuringASnapshotLeaveNoDocumentBehind(_ keepsImages: Bool) async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a", "changeStreamPreAndPostImages": {"enabled": \#(keepsImages)}}"#)
            for part in 0..<4 {
                let many = (0..<1_000).map { #"{"_id": \#(part * 1_000 + $0), "v": 0}"# }.joined(separator: ", ")
                try await database.run(#"{"insert": "a", "documents": [\#(many)]}"#)
            }
            try await MongoRunning.stream(database, ["a"], options: ["chunk_rows": .integer(100)]) { running in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await running.snapshot("a", of: database)
                    }
                    for writer in 0..<2 {
                        group.addTask {
                            for step in 0..<250 {
                                let id = (step * 7_919 + writer * 13) % 4_000
                                switch step % 4 {
                                case 0, 1:
                                    try await database.run(
                                        #"{"update": "a", "updates": [{"q": {"_id": \#(id)}, "u": {"$inc": {"v": 1}}, "upsert": true}]}"#)
                                case 2:
                                    try await database.run(#"{"delete": "a", "deletes": [{"q": {"_id": \#(id)}, "limit": 1}]}"#)
                                default:
                                    try await database.transaction(
                                        #"{"update": "a", "updates": [{"q": {"_id": \#(id)}, "u": {"$inc": {"v": 1}}}, {"q": {"_id": \#(id + 1)}, "u": {"$inc": {"v": 1}}}]}"#)
                                }
                            }
                        }
                    }
                    while try await group.next() != nil {}
                }
                try await database.run(#"{"insert": "a", "documents": [{"_id": "last"}]}"#)
                let record = try await running.recorder.wait { $0.streamed.last?.new.first == #""last""# }
                let expected = try await database.documents(of: "a")
                let name = "\(database.name).a"
                // With a guard by version, and without one.
                for table in [record.guarded(name), record.table(name)] {
                    #expect(table.count == expected.count)
                    let differing = expected.filter { id, cells in
                        (table[[id]] ?? []).filter { $0 != "–" } != cells
                    }
                    #expect(differing.isEmpty, "\(differing.prefix(3))")
                }
            }
        }
    }
}

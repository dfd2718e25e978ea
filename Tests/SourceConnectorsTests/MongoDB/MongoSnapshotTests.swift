import Change
import Connector
import Foundation
import MongoClient
import Testing
import Wire

@testable import SourceConnectors

@Suite(.serialized, .enabled(if: Lab.isEnabled), .timeLimit(.minutes(3)))
struct MongoSnapshotTests {
    /// One `_id` of every type that can be one, smallest first in the server's order.
    private static let ids = [
        #"{"$minKey": 1}"#, #"{"$numberDouble": "NaN"}"#, #"{"$numberDouble": "-Infinity"}"#, "-3", "0",
        #"{"$numberDecimal": "0.1"}"#, "1", #"{"$numberDouble": "1.5"}"#, #"{"$numberLong": "2"}"#,
        #"{"$numberLong": "9223372036854775807"}"#, #""""#, #""a""#, #""b""#, #"{"a": 1, "b": 2}"#,
        #"{"b": 2, "a": 1}"#,
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
                    let record = try await running.read(plan)
                    #expect(record.read.count == Self.ids.count)
                    #expect(Set(record.read.map { $0.new[0] }).count == Self.ids.count)
                    #expect(record.chunksFinished == Set(0..<plan.chunkCount))
                }
            }
        }
    }

    @Test func aLongCollectionIsCutWhereDrawnDocumentsAre() async throws {
        try await MongoDatabase.with { database in
            let ids = (0..<20_000).map { $0.isMultiple(of: 3) ? #""k\#($0)""# : "\($0)" }
            for start in stride(from: 0, to: ids.count, by: 5_000) {
                let documents = ids[start..<start + 5_000].map { #"{"_id": \#($0)}"# }.joined(separator: ", ")
                try await database.run(#"{"insert": "a", "documents": [\#(documents)]}"#)
            }
            let options: [String: OptionValue] = ["chunk_rows": .integer(1_000), "snapshot_parallelism": .integer(3)]
            try await MongoRunning.stream(database, ["a"], options: options) { running in
                let plan = try await running.snapshot("a", of: database)
                // Where a document was drawn more than once there may be fewer.
                #expect((15...20).contains(plan.chunkCount))
                let read = running.recorder.record.read.map { $0.new[0] }
                #expect(read.count == ids.count && Set(read).count == ids.count)
                #expect(running.recorder.record.chunksFinished == Set(0..<plan.chunkCount))
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
            try await database.run(
                #"{"insert": "a", "documents": [{"_id": 1, "v": "x"}, {"_id": {"$oid": "0123456789abcdef01234567"}}]}"#)
            try await MongoRunning.stream(database, ["a"]) { running in
                let plan = try await running.source.planReread(
                    of: TableName(namespace: database.name, name: "a"),
                    keys: [[#"{"$numberInt":"1"}"#], [#"{"$oid":"0123456789abcdef01234567"}"#], [#""gone""#]])
                let seen = try await running.read(plan, run: 4).seen
                #expect(seen.map(\.kind).sorted { $0.rawValue < $1.rawValue } == [.delete, .read, .read])
                #expect(seen.first { $0.kind == .delete }?.old.first == #""gone""#)
            }
        }
    }

    @Test func rowsAreFoundByAnyFieldAsTheyAreNow() async throws {
        try await MongoDatabase.with { database in
            try await database.run(
                #"{"insert": "a", "documents": [{"_id": 1, "c": {"$oid": "0123456789abcdef01234567"}}, {"_id": 2, "c": "x"}, {"_id": 3, "c": {"$gt": 1}}]}"#
            )
            let source = try MongoRunning.makeSource(database, ["a"])
            let schema = try #require(try await source.describe(source.tables).first)
            let column = try #require(schema.index(of: "c"))
            let result = try await source.lookup(
                LookupRequest(
                    schema: schema, keyColumns: [column],
                    keys: [
                        [#"{"$oid":"0123456789abcdef01234567"}"#], [#""x""#], [#""none""#],
                        [#"{"$gt":{"$numberInt":"1"}}"#],
                    ],
                    transactions: []))
            #expect(
                result.rows.map { $0.map { $0.text(0) } } == [
                    [#"{"$numberInt":"1"}"#], [#"{"$numberInt":"2"}"#], [], [#"{"$numberInt":"3"}"#],
                ])
        }
    }

    @Test func ofDocumentsOnlyTheWantedFieldsAreRead() async throws {
        try await MongoDatabase.with { database in
            try await database.run(
                #"{"insert": "a", "documents": [{"_id": 1, "c": "x", "wide": "w", "$odd": 1}, {"_id": 2, "c": "x"}]}"#)
            let source = try MongoRunning.makeSource(database, ["a"])
            let schema = try #require(try await source.describe(source.tables).first)
            func states(_ names: [String]) async throws -> [[CellState]] {
                let wanted = try names.map { try #require(schema.index(of: $0)) }
                var request = LookupRequest(
                    schema: schema, keyColumns: [try #require(schema.index(of: "c"))], keys: [[#""x""#]],
                    transactions: [])
                request.wanted = Set(wanted)
                let rows = try await source.lookup(request).rows[0].sorted { $0.text(0) ?? "" < $1.text(0) ?? "" }
                return try rows.map { row in
                    try ["_id", "c", "wide", "$odd"].map { row.state(try #require(schema.index(of: $0))) }
                }
            }
            #expect(
                try await states(["_id", "c"]) == Array(repeating: [.value, .value, .unchanged, .unchanged], count: 2))
            #expect(
                try await states(["c", "wide"]) == [
                    [.value, .value, .value, .unchanged], [.value, .value, .missing, .unchanged],
                ])
            // A name that would be more than a name: the whole document is read.
            #expect(
                try await states(["c", "$odd"]) == [
                    [.value, .value, .value, .value], [.value, .value, .missing, .missing],
                ])
        }
    }

    /// A set of products by category is read again by the category's id, whatever else a product says of its category.
    @Test func documentsAreLookedUpByPathsAndByEveryValueThatHasTheText() async throws {
        try await MongoDatabase.with { database in
            try await database.run(
                """
                {"insert": "a", "documents": [
                    {"_id": 1, "c": {"id": 7, "name": "x"}}, {"_id": 2, "c": {"name": "y", "id": "7"}},
                    {"_id": 3, "c": {"id": {"$numberDecimal": "7.0"}}}, {"_id": 4, "c": {"id": 8}}, {"_id": 5, "c": 7},
                    {"_id": 6, "c": {"id": {"$oid": "0123456789abcdef01234567"}}},
                    {"_id": 7, "c": {"id": "0123456789abcdef01234567"}}, {"_id": 8, "c": {"id": {"$gt": 1}}},
                    {"_id": 9, "c": {"$id": "odd", "tags": ["t"]}}, {"_id": 10, "c": {"$id": 1, "tags": "t"}}]}
                """)
            let source = try MongoRunning.makeSource(database, ["a"])
            let schema = try #require(try await source.describe(source.tables).first)
            let column = try #require(schema.index(of: "c"))
            func found(_ path: String, _ key: String, meansKeyText: Bool) async throws -> [Int] {
                let (_, steps) = try #require(BSONPath.parse("c" + path))
                var request = LookupRequest(
                    schema: schema, parts: [LookupRequest.Part(column: column, path: steps)], keys: [[key]],
                    transactions: [])
                request.meansKeyText = meansKeyText
                let rows = try await source.lookup(request).rows[0]
                return rows.compactMap { $0.text(0) }.compactMap { text in (1...10).first { text.contains("\"\($0)\"") }
                }
                .sorted()
            }
            #expect(try await found(".id", #"{"$numberInt":"7"}"#, meansKeyText: false) == [1, 3])
            #expect(try await found(".id", #"{"$numberInt":"7"}"#, meansKeyText: true) == [1, 2, 3])
            #expect(try await found(".id", #""7""#, meansKeyText: true) == [1, 2, 3])
            #expect(try await found(".id", #"{"$oid":"0123456789abcdef01234567"}"#, meansKeyText: true) == [6, 7])
            #expect(try await found(".id", #""0123456789abcdef01234567""#, meansKeyText: true) == [6, 7])
            #expect(try await found(".id", #"{"$gt":{"$numberInt":"1"}}"#, meansKeyText: true) == [8])
            #expect(try await found(".$id", #""odd""#, meansKeyText: true) == [9])
            #expect(try await found(".$id", #""1""#, meansKeyText: true) == [10])
            #expect(try await found(".$id[0]", #""odd""#, meansKeyText: true) == [])
            #expect(try await found(".tags[0]", #""t""#, meansKeyText: true) == [9])
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
                                        #"{"update": "a", "updates": [{"q": {"_id": \#(id)}, "u": {"$inc": {"v": 1}}, "upsert": true}]}"#
                                    )
                                case 2:
                                    try await database.run(
                                        #"{"delete": "a", "deletes": [{"q": {"_id": \#(id)}, "limit": 1}]}"#)
                                default:
                                    try await database.transaction(
                                        #"{"update": "a", "updates": [{"q": {"_id": \#(id)}, "u": {"$inc": {"v": 1}}}, {"q": {"_id": \#(id + 1)}, "u": {"$inc": {"v": 1}}}]}"#
                                    )
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

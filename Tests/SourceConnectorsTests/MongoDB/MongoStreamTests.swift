import Change
import Connector
import Foundation
import MongoClient
import Testing

@testable import SourceConnectors

@Suite(.serialized, .enabled(if: Lab.isEnabled), .timeLimit(.minutes(2)))
struct MongoStreamTests {
    @Test func everyChangeArrivesWithItsDocument() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "products"}"#, #"{"create": "other"}"#)
            try await MongoRunning.stream(database, ["products"]) { running in
                try await database.run(
                    #"{"insert": "products", "documents": [{"_id": 1, "name": "chair", "tags": ["a", "b"]}]}"#,
                    #"{"insert": "other", "documents": [{"_id": 1}]}"#,
                    #"{"update": "products", "updates": [{"q": {"_id": 1}, "u": {"$set": {"price": 3.5}}}]}"#,
                    #"{"update": "products", "updates": [{"q": {"_id": 1}, "u": {"name": null}}]}"#,
                    #"{"delete": "products", "deletes": [{"q": {"_id": 1}, "limit": 1}]}"#)
                let record = try await running.recorder.wait { $0.seen.count >= 4 }
                #expect(record.seen.map(\.kind) == [.insert, .update, .update, .delete])
                #expect(record.seen[0].new == [#"{"$numberInt":"1"}"#, #""chair""#, #"["a","b"]"#])
                #expect(record.seen[3].old.first == #"{"$numberInt":"1"}"#)
                #expect(record.seen.map(\.commit) == record.seen.map(\.commit).sorted())
                #expect(Set(record.seen.map(\.commit)).count == 4)
                #expect(record.seen.allSatisfy { $0.table == "\(database.name).products" })
            }
        }
    }

    @Test func aTransactionIsOneHoweverManyCollectionsItTouches() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#, #"{"create": "b"}"#)
            try await MongoRunning.stream(database, ["a", "b"]) { running in
                let many = (0..<3_000).map { #"{"_id": \#($0)}"# }.joined(separator: ", ")
                try await database.transaction(
                    #"{"insert": "a", "documents": [\#(many)]}"#, #"{"insert": "b", "documents": [{"_id": 1}]}"#,
                    #"{"update": "a", "updates": [{"q": {"_id": 7}, "u": {"$set": {"x": 1}}}]}"#)
                let record = try await running.recorder.wait { $0.seen.count >= 3_002 && !$0.transactions.isEmpty }
                #expect(Set(record.seen.map(\.commit)).count == 1)
                #expect(record.seen.map(\.ordinal) == (0..<3_002).map(UInt64.init))
                #expect(record.seen.last?.kind == .update)
            }
        }
    }

    @Test func documentsBeforeComeWhereTheCollectionKeepsThem() async throws {
        try await MongoDatabase.with { database in
            try await database.run(
                #"{"create": "kept", "changeStreamPreAndPostImages": {"enabled": true}}"#, #"{"create": "plain"}"#)
            try await MongoRunning.stream(database, ["kept", "plain"]) { running in
                #expect(running.start.tables.map(\.identity) == [.full, .primaryKey])
                for name in ["kept", "plain"] {
                    try await database.run(
                        #"{"insert": "\#(name)", "documents": [{"_id": 1, "a": 1}]}"#,
                        #"{"update": "\#(name)", "updates": [{"q": {"_id": 1}, "u": {"$set": {"a": 2}}}]}"#,
                        #"{"delete": "\#(name)", "deletes": [{"q": {"_id": 1}, "limit": 1}]}"#)
                }
                let record = try await running.recorder.wait { $0.seen.count >= 6 }
                let kept = record.seen.filter { $0.table.hasSuffix("kept") }
                #expect(kept[1].old.last == #"{"$numberInt":"1"}"#)
                #expect(kept[2].old.last == #"{"$numberInt":"2"}"#)
                #expect(record.seen.last?.old.last == "…")
            }
        }
    }

    @Test func aDroppedCollectionAndADroppedDatabaseAreEmptiedAndTheStreamGoesOn() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#, #"{"create": "b"}"#)
            try await MongoRunning.stream(database, ["a", "b"]) { running in
                try await database.run(
                    #"{"insert": "a", "documents": [{"_id": 1}]}"#, #"{"drop": "a"}"#,
                    #"{"insert": "a", "documents": [{"_id": 2}]}"#, #"{"dropDatabase": 1}"#,
                    #"{"insert": "b", "documents": [{"_id": 3}]}"#)
                let record = try await running.recorder.wait { $0.seen.last?.new == [#"{"$numberInt":"3"}"#] }
                #expect(record.table("\(database.name).a").isEmpty)
                #expect(record.table("\(database.name).b").count == 1)
                #expect(record.seen.filter { $0.kind == .truncate }.count == 3)
            }
        }
    }

    /// The stream of one collection, and that of a database.
    @Test(arguments: [["a"], ["a", "b"]])
    func documentsThatCameByARenameStopTheStream(_ names: [String]) async throws {
        try await MongoDatabase.with { database in
            try await database.run(
                #"{"create": "a"}"#, #"{"create": "b"}"#, #"{"insert": "other", "documents": [{"_id": 1}]}"#)
            let error = await #expect(throws: MillraceError.self) {
                try await MongoRunning.stream(database, names) { running in
                    try await database.run(#"{"insert": "a", "documents": [{"_id": 0}]}"#)
                    _ = try await running.recorder.wait { $0.seen.count >= 1 }
                    let name = database.name
                    try await database.run(
                        #"{"renameCollection": "\#(name).other", "to": "\#(name).a", "dropTarget": true}"#, on: "admin")
                    _ = try await running.recorder.wait { $0.seen.count >= 100 }
                }
            }
            #expect(error?.message.contains("renamed to this one") == true)
        }
    }

    @Test func aRestartGoesOnExactlyWhereTheCheckpointStands() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#)
            let checkpoint = try await MongoRunning.stream(database, ["a"]) { running in
                for id in 0..<5 { try await database.run(#"{"insert": "a", "documents": [{"_id": \#(id)}]}"#) }
                let record = try await running.recorder.wait { $0.seen.count >= 5 }
                let third = record.seen[2].commit
                let transaction = try #require(record.transactions.first { $0.commit == third })
                return SourceCheckpoint(
                    identity: running.start.identity,
                    progress: SourceProgress(commit: third, end: try #require(transaction.end)))
            }
            try await MongoRunning.stream(database, ["a"], from: checkpoint) { running in
                let record = try await running.recorder.wait { $0.seen.count >= 2 }
                #expect(record.seen.map(\.new.first) == [#"{"$numberInt":"3"}"#, #"{"$numberInt":"4"}"#])
            }
        }
    }

    @Test func aRestartAfterADroppedDatabaseGoesOn() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#)
            let checkpoint = try await MongoRunning.stream(database, ["a"]) { running in
                try await database.run(#"{"insert": "a", "documents": [{"_id": 1}]}"#, #"{"dropDatabase": 1}"#)
                return try running.checkpoint(try await running.recorder.wait { $0.seen.last?.kind == .truncate })
            }
            try await database.run(#"{"insert": "a", "documents": [{"_id": 2}]}"#)
            try await MongoRunning.stream(database, ["a"], from: checkpoint) { running in
                let record = try await running.recorder.wait { !$0.seen.isEmpty }
                #expect(record.seen.map(\.new.first) == [#"{"$numberInt":"2"}"#])
            }
        }
    }

    @Test func aChangeThatTheOplogDoesNotHoldStopsWithWords() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#)
            let checkpoint = try await MongoRunning.stream(database, ["a"]) { running in
                try await database.run(#"{"insert": "a", "documents": [{"_id": 1}]}"#)
                return try running.checkpoint(try await running.recorder.wait { !$0.seen.isEmpty })
            }
            var other = checkpoint
            other.progress.end ^= 1
            let source = try MongoRunning.makeSource(database, ["a"])
            let lost = await #expect(throws: MillraceError.self) { try await source.prepare(resumingFrom: other) }
            #expect(lost?.code == .positionLost)
            #expect(lost?.message.contains("checkpoint reset") == true)

            var stranger = checkpoint
            stranger.identity.parts["replica_set_id"] = "0123456789abcdef01234567"
            let changed = await #expect(throws: MillraceError.self) { try await source.prepare(resumingFrom: stranger) }
            #expect(changed?.code == .sourceChanged)

            try await database.failCommand(["aggregate"], code: 286)
            let gone = await #expect(throws: MillraceError.self) { try await source.prepare(resumingFrom: checkpoint) }
            #expect(gone?.code == .positionLost)
            #expect(gone?.message.contains("replSetResizeOplog") == true)
        }
    }

    @Test func anIdleStreamStillMovesItsPosition() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#, #"{"create": "other"}"#)
            try await MongoRunning.stream(database, ["a"]) { running in
                for id in 0..<4 {
                    try await database.run(#"{"insert": "other", "documents": [{"_id": \#(id)}]}"#)
                    let head = try await running.source.health().head
                    _ = try await running.recorder.wait { ($0.transactions.last?.end ?? 0) >= head }
                }
                let commits = running.recorder.record.transactions.map(\.commit)
                #expect(commits == commits.sorted() && Set(commits).count == commits.count)
                #expect(running.recorder.record.seen.isEmpty)
            }
        }
    }

    @Test func collectionsOfTwoDatabasesComeInOneStream() async throws {
        try await MongoDatabase.with { first in
            try await MongoDatabase.with { second in
                try await first.run(#"{"create": "a"}"#)
                try await second.run(#"{"create": "a"}"#)
                let source = try MongoRunning.makeSource(
                    first,
                    tables: [TableName(namespace: first.name, name: "a"), TableName(namespace: second.name, name: "a")])
                try await MongoRunning.stream(source) { running in
                    try await first.run(#"{"insert": "a", "documents": [{"_id": 1}]}"#)
                    try await second.run(#"{"insert": "a", "documents": [{"_id": 2}]}"#)
                    let record = try await running.recorder.wait { $0.seen.count >= 2 }
                    #expect(record.seen.map(\.table) == ["\(first.name).a", "\(second.name).a"])
                }
            }
        }
    }

    @Test func aFullHandoverHoldsTheStreamAndNothingIsLost() async throws {
        try await MongoDatabase.with { database in
            try await database.run(#"{"create": "a"}"#)
            try await MongoRunning.stream(database, ["a"], handoverBytes: 1) { running in
                let filler = String(repeating: "x", count: 500)
                for part in 0..<10 {
                    let many = (0..<500).map { #"{"_id": \#(part * 500 + $0), "t": "\#(filler)"}"# }.joined(
                        separator: ", ")
                    try await database.run(#"{"insert": "a", "documents": [\#(many)]}"#)
                }
                let record = try await running.recorder.wait { $0.seen.count >= 5_000 }
                #expect(record.seen.map { $0.new[0] } == (0..<5_000).map { #"{"$numberInt":"\#($0)"}"# })
            }
        }
    }
}

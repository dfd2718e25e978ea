import Change
import Connector
import Testing

@testable import SourceConnectors

@Suite(.enabled(if: Lab.isEnabled), .timeLimit(.minutes(2)))
struct MongoIndexTests {
    @Test func anIndexThatASearchNeedsIsNamedUnlessOneBeginsWithItsFields() async throws {
        try await MongoDatabase.with { database in
            try await database.run(
                #"{"insert": "a", "documents": [{"_id": 1}]}"#,
                #"""
                {"createIndexes": "a", "indexes": [
                    {"name": "1", "key": {"part.id": 1, "second": 1}},
                    {"name": "2", "key": {"hashed": "hashed"}},
                    {"name": "3", "key": {"some": 1}, "partialFilterExpression": {"some": {"$gt": 5}}},
                    {"name": "4", "key": {"folded": 1}, "collation": {"locale": "en", "strength": 1}},
                    {"name": "5", "key": {"unseen": 1}, "hidden": true},
                    {"name": "6", "key": {"words": "text"}}
                ]}
                """#)
            let source = try MongoRunning.makeSource(database, ["a"])
            let table = TableName(namespace: database.name, name: "a")
            func missing(_ columns: String...) async throws -> String? {
                try await source.missingIndex(on: columns, of: table)
            }
            for field in ["_id", "part.id", "hashed"] { #expect(try await missing(field) == nil, "\(field)") }
            #expect(try await missing("second", "part.id") == nil)
            for field in ["second", "some", "folded", "unseen", "words", "part"] {
                #expect(try await missing(field) != nil, "\(field)")
            }
            #expect(
                try await missing("second", #"a "part""#)
                    == "db.getSiblingDB(\"\(database.name)\").getCollection(\"a\")"
                    + #".createIndex({"second": 1, "a \"part\"": 1});"#)
        }
    }
}

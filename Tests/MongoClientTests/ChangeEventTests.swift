import MongoClient
import Testing
import Wire

struct ChangeEventTests {
    @Test func anUpdateTellsWhereItsDocumentsStand() throws {
        let bytes = try bson(
            eventJSON(
                "update",
                """
                "fullDocument": {"_id": "1", "price": 3}, "fullDocumentBeforeChange": {"_id": "1", "price": 2},
                "lsid": {"id": 1}, "txnNumber": {"$numberLong": "7"}, "collectionUUID": 1, "tomorrow": {"a": [1]}
                """))
        let event = try changeEvent(bytes)
        #expect(event.kind == .update)
        #expect(event.clusterTime == MongoTimestamp(seconds: 1_705_112_243, increment: 5))
        #expect(event.committedAt == 1_705_112_243_120_000)
        #expect(event.isOfTransaction)
        #expect(event.fragment == nil)
        let document = try bson(#"{"_id": "1", "price": 3}"#)
        #expect(event.fullDocument.map { Array(bytes[$0]) } == document)
        let before = try bson(#"{"_id": "1", "price": 2}"#)
        #expect(event.documentBefore.map { Array(bytes[$0]) } == before)
        let key = try bson(#"{"_id": "1"}"#)
        #expect(event.documentKey.map { Array(bytes[$0]) } == key)
        let namespace = try #require(event.namespace)
        #expect(String(decoding: bytes[namespace.database], as: UTF8.self) == "shop")
        #expect(namespace.collection.map { String(decoding: bytes[$0], as: UTF8.self) } == "products")
    }

    @Test(
        arguments: [
            ("insert", ChangeEvent.Kind.insert), ("replace", .replace), ("delete", .delete), ("drop", .drop),
            ("rename", .rename), ("dropDatabase", .dropDatabase), ("invalidate", .invalidate),
            ("createIndexes", .other("createIndexes")), ("reshardCollection", .other("reshardCollection")),
        ])
    func everyKindHasItsName(_ name: String, _ kind: ChangeEvent.Kind) throws {
        let event = try changeEvent(bson(eventJSON(name)))
        #expect(event.kind == kind)
        #expect(!event.isOfTransaction)
    }

    @Test func aLookupThatFoundNothingLeavesNoDocument() throws {
        let event = try changeEvent(bson(eventJSON("update", #""fullDocument": null"#)))
        #expect(event.fullDocument == nil)
    }

    @Test func aRenameSaysWhereTo() throws {
        let bytes = try bson(eventJSON("rename", #""to": {"db": "shop", "coll": "old"}"#))
        let destination = try #require(try changeEvent(bytes).destination)
        #expect(destination.collection.map { String(decoding: bytes[$0], as: UTF8.self) } == "old")
    }

    @Test func anEventWithoutTimeTokenOrKindIsRefused() throws {
        for json in [
            #"{"operationType": "insert", "clusterTime": {"$timestamp": {"t": 1, "i": 1}}}"#,
            #"{"_id": {"_data": "82"}, "operationType": "insert"}"#,
            #"{"_id": {"_data": "82"}, "clusterTime": {"$timestamp": {"t": 1, "i": 1}}}"#,
        ] {
            let bytes = try bson(json)
            #expect(throws: WireError.self) { try changeEvent(bytes) }
        }
    }

    @Test func everyTruncationAndMutationThrowsOrParsesAndNeverTraps() throws {
        let bytes = try bson(eventJSON("insert", #""fullDocument": {"_id": "1", "a": {"b": [1, 2, {"c": null}]}}"#))
        for count in 0..<bytes.count {
            let part = Array(bytes[..<count])
            #expect(throws: WireError.self) { try changeEvent(part) }
        }
        var seed: UInt64 = 42
        for _ in 0..<20_000 {
            var mutated = bytes
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            mutated[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            guard let event = try? changeEvent(mutated) else { continue }
            for range in [event.fullDocument, event.documentKey, event.documentBefore, event.token] {
                #expect(range.map { $0.upperBound <= mutated.count } ?? true)
            }
        }
    }
}

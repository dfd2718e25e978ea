import Change
import Connector
import MongoClient
import Testing
import Wire

@testable import SourceConnectors

struct EventDecoderTests {
    private static let products = TableName(namespace: "shop", name: "products")

    private func decoder(
        sharesTimes: Bool = false, after: UInt64 = 0, keepsImages: Bool = false, fixed: [TableName: [String]] = [:]
    ) -> EventDecoder {
        let facts = CollectionFacts(table: Self.products, kind: "collection", isCapped: false, keepsImages: keepsImages)
        return EventDecoder(
            [Self.products], in: FieldTable([facts], fixed: fixed), sharesTimes: sharesTimes, after: after)
    }

    private func event(
        _ kind: String, time: Int, key: String = "1", transaction: Bool = false, _ fields: String = ""
    ) -> String {
        """
        {"_id": {"_data": "8200"}, "operationType": "\(kind)",
         "clusterTime": {"$timestamp": {"t": 1600000000, "i": \(time)}},
         "ns": {"db": "shop", "coll": "products"}, "documentKey": {"_id": \(key)}
         \(transaction ? ", \"txnNumber\": {\"$numberLong\": \"1\"}" : "")\(fields.isEmpty ? "" : ", " + fields)}
        """
    }

    @discardableResult
    private func append(_ json: String, to decoder: inout EventDecoder) throws -> EventDecoder.Notice {
        let bytes = try #require(MongoConnection.document(fromJSON: json))
        return try decoder.append(try ChangeEvent(bytes.span), bytes.span)
    }

    private func seen(_ batch: ChangeBatch) -> [Seen] {
        let recorder = Recorder()
        recorder.note(batch)
        return recorder.record.seen
    }

    @Test func anEventWithoutATransactionIsOneOfItsOwn() throws {
        var decoder = decoder()
        try append(event("insert", time: 1, #""fullDocument": {"_id": 1, "a": "x"}"#), to: &decoder)
        try append(event("delete", time: 2), to: &decoder)
        #expect(!decoder.isInTransaction)
        let batch = decoder.take()
        #expect(batch.transactions.map(\.isComplete) == [true, true])
        #expect(batch.transactions.map { MongoPosition.time(of: $0.commit).increment } == [1, 2])
        let changes = seen(batch)
        #expect(changes.map(\.kind) == [.insert, .delete])
        #expect(changes[0].new == [#"{"$numberInt":"1"}"#, #""x""#])
        #expect(changes[1].old == [#"{"$numberInt":"1"}"#, "…"])
    }

    @Test func eventsOfATransactionEndWithAnEventOfAnotherTimeOrWithNone() throws {
        var decoder = decoder()
        for key in 1...3 {
            try append(
                event("insert", time: 7, key: "\(key)", transaction: true, #""fullDocument": {"_id": \#(key)}"#),
                to: &decoder)
        }
        #expect(decoder.isInTransaction)
        let first = decoder.take()
        #expect(first.transactions.map(\.isComplete) == [false])
        #expect(first.changes.map(\.ordinal) == [0, 1, 2])
        try append(event("insert", time: 7, key: "4", transaction: true, #""fullDocument": {"_id": 4}"#), to: &decoder)
        try append(event("insert", time: 8, key: "5", transaction: true, #""fullDocument": {"_id": 5}"#), to: &decoder)
        let second = decoder.take()
        #expect(second.transactions.map(\.isComplete) == [true, false])
        #expect(second.changes.map(\.ordinal) == [3, 0])
        decoder.endOfEvents()
        let third = decoder.take()
        #expect(third.transactions.map(\.isComplete) == [true])
        #expect(third.changes.isEmpty)
        #expect(third.transactions[0].commit == second.transactions[1].commit)
    }

    @Test func whereTimesAreSharedNoEventEndsItsOwnTransaction() throws {
        var decoder = decoder(sharesTimes: true)
        try append(event("insert", time: 1, #""fullDocument": {"_id": 1}"#), to: &decoder)
        try append(event("insert", time: 1, key: "2", #""fullDocument": {"_id": 2}"#), to: &decoder)
        #expect(decoder.isInTransaction)
        decoder.endOfEvents()
        let batch = decoder.take()
        #expect(batch.transactions.count == 1)
        #expect(batch.changes.map(\.ordinal) == [0, 1])
    }

    @Test func whatWasDeliveredIsNotDeliveredAgain() throws {
        let commit = try MongoPosition.commit(MongoTimestamp(seconds: 1_600_000_000, increment: 2))
        var decoder = decoder(after: commit)
        for time in 1...3 {
            try append(event("insert", time: time, #""fullDocument": {"_id": \#(time)}"#), to: &decoder)
        }
        #expect(decoder.take().transactions.map(\.commit) == [commit + 1])
    }

    @Test func aMarkIsTheSameWhateverTheTokenAndAnotherForAnotherChange() throws {
        func mark(_ json: String) throws -> UInt64 {
            let bytes = try #require(MongoConnection.document(fromJSON: json))
            return EventDecoder.mark(of: try ChangeEvent(bytes.span), bytes.span)
        }
        let plain = try mark(event("update", time: 1))
        let withDocument = try mark(
            event("update", time: 1, #""fullDocument": {"_id": 1}"#).replacing("8200", with: "82FF"))
        let delete = try mark(event("delete", time: 1))
        let other = try mark(event("update", time: 1, key: "2"))
        #expect(plain == withDocument)
        #expect(Set([plain, delete, other, 0]).count == 4)
    }

    @Test func anUpdateWithoutItsDocumentKeepsEveryFieldUnchanged() throws {
        var decoder = decoder()
        try append(event("insert", time: 1, #""fullDocument": {"_id": 1, "a": "x"}"#), to: &decoder)
        try append(event("update", time: 2, #""fullDocument": null"#), to: &decoder)
        let changes = seen(decoder.take())
        #expect(changes[1].kind == .update)
        #expect(changes[1].new == [#"{"$numberInt":"1"}"#, "…"])
    }

    @Test func theDocumentBeforeIsTheOldRowInTheSameShape() throws {
        var decoder = decoder(keepsImages: true)
        try append(
            event(
                "update", time: 1,
                #""fullDocument": {"_id": 1, "b": 2}, "fullDocumentBeforeChange": {"_id": 1, "a": null}"#), to: &decoder
        )
        try append(event("delete", time: 2, #""fullDocumentBeforeChange": {"_id": 1, "b": 2}"#), to: &decoder)
        let changes = seen(decoder.take())
        #expect(changes[0].new == [#"{"$numberInt":"1"}"#, "–", #"{"$numberInt":"2"}"#])
        #expect(changes[0].old == [#"{"$numberInt":"1"}"#, "∅", "–"])
        #expect(changes[1].old == [#"{"$numberInt":"1"}"#, "–", #"{"$numberInt":"2"}"#])
    }

    /// Where one collection of a pipeline keeps no images, the server looks every document up.
    @Test func anUpdateOfWhatIsGoneLeavesThePlaceItHad() throws {
        var decoder = decoder(keepsImages: true)
        try append(
            event("update", time: 1, #""fullDocument": null, "fullDocumentBeforeChange": {"_id": 1, "a": "x"}"#),
            to: &decoder)
        try append(event("delete", time: 2, #""fullDocumentBeforeChange": {"_id": 1, "a": "y"}"#), to: &decoder)
        let changes = seen(decoder.take())
        #expect(changes.map(\.kind) == [.delete, .delete])
        #expect(changes.map(\.old) == [[#"{"$numberInt":"1"}"#, #""x""#], [#"{"$numberInt":"1"}"#, #""y""#]])
    }

    @Test func aFieldIsAViewOfTheDocumentAndANewNameANewSchema() throws {
        var decoder = decoder()
        try append(event("insert", time: 1, #""fullDocument": {"_id": 1, "a": 1}"#), to: &decoder)
        try append(event("insert", time: 2, key: "2", #""fullDocument": {"b": {"c": [1]}, "_id": 2}"#), to: &decoder)
        let batch = decoder.take()
        #expect(batch.schemas.map { $0.columns.map(\.name) } == [["_id", "a"], ["_id", "a", "b"]])
        #expect(batch.schemas.allSatisfy { $0.isOpen && $0.primaryKey == [0] && $0.id == batch.schemas[0].id })
        let first = try #require(MongoConnection.document(fromJSON: #"{"_id": 1, "a": 1}"#))
        let second = try #require(MongoConnection.document(fromJSON: #"{"b": {"c": [1]}, "_id": 2}"#))
        #expect(batch.bytes == first + second)
    }

    @Test func aNameThatADocumentRepeatsHasAColumnForEachTime() throws {
        var twice = BSONWriter()
        twice.append("_id", int32: 1)
        twice.append("a", "first")
        twice.append("a", "second")
        var inner = BSONWriter()
        inner.append("_id", document: try #require(MongoConnection.document(fromJSON: #"{"_data": "8200"}"#)))
        inner.append("operationType", "insert")
        inner.append("clusterTime", MongoTimestamp(seconds: 1_600_000_000, increment: 1))
        inner.append("ns") {
            $0.append("db", "shop"); $0.append("coll", "products")
        }
        inner.append("fullDocument", document: twice.document)
        let bytes = inner.document
        var decoder = decoder()
        _ = try decoder.append(try ChangeEvent(bytes.span), bytes.span)
        let changes = seen(decoder.take())
        #expect(changes[0].new == [#"{"$numberInt":"1"}"#, #""first""#, #""second""#])
    }

    @Test func tooManyNamesAreDataAndNamingThemIsTheWayOut() throws {
        let fields = (0..<1_000).map { "\"f\($0)\": 1" }.joined(separator: ", ")
        let insert = event("insert", time: 1, "\"fullDocument\": {\"_id\": 1, \(fields)}")
        var open = decoder()
        let error = #expect(throws: MillraceError.self) { try append(insert, to: &open) }
        #expect(error?.code == .sourceRejected)
        #expect(error?.message.contains("`fields`") == true)
        var closed = decoder(fixed: [Self.products: ["f7"]])
        try append(insert, to: &closed)
        let batch = closed.take()
        #expect(batch.schemas.map { $0.columns.map(\.name) } == [["_id", "f7"]])
        #expect(batch.schemas[0].isOpen == false)
    }

    @Test func aCollectionThatIsDroppedOrRenamedAwayIsEmptied() throws {
        var decoder = decoder()
        #expect(try append(event("drop", time: 1), to: &decoder) == .emptied(Self.products, by: "drop"))
        #expect(
            try append(event("rename", time: 2, #""to": {"db": "shop", "coll": "old"}"#), to: &decoder)
                == .emptied(Self.products, by: "rename"))
        let batch = decoder.take()
        #expect(batch.changes.map(\.kind) == [.truncate, .truncate])
        #expect(batch.transactions.map(\.changes.count) == [1, 1])
    }

    @Test func aCollectionThatIsRenamedToOursStopsWithWords() throws {
        var decoder = decoder()
        let json = event("rename", time: 1, #""to": {"db": "shop", "coll": "products"}"#)
            .replacing(#""coll": "products"}, "documentKey""#, with: #""coll": "tmp"}, "documentKey""#)
        let error = #expect(throws: MillraceError.self) { try append(json, to: &decoder) }
        #expect(error?.message.contains("checkpoint reset") == true)
    }

    @Test func kindsOfTomorrowArePassedOverAndMoveThePosition() throws {
        var decoder = decoder()
        #expect(try append(event("frobnicate", time: 5), to: &decoder) == .passedOver("frobnicate"))
        let batch = decoder.take()
        #expect(batch.changes.isEmpty)
        #expect(batch.transactions.map(\.isComplete) == [true])
    }

    @Test func anInvalidateEndsTheStream() throws {
        var decoder = decoder()
        try append(event("insert", time: 1, transaction: true, #""fullDocument": {"_id": 1}"#), to: &decoder)
        #expect(try append(event("invalidate", time: 2), to: &decoder) == .invalidated)
        #expect(!decoder.isInTransaction)
    }

    @Test func positionsKeepTheOrderOfClusterTimesAndRefuseWhatDoesNotFit() throws {
        let times = [
            (1_577_836_800, 0), (1_577_836_800, 1), (1_577_836_801, 0), (1_577_836_801, 524_287), (3_725_320_447, 9),
        ]
        .map { MongoTimestamp(seconds: UInt32($0.0), increment: UInt32($0.1)) }
        let commits = try times.map(MongoPosition.commit)
        #expect(commits == commits.sorted())
        #expect(commits.map(MongoPosition.time) == times)
        #expect(commits.allSatisfy { $0 <= Version.commitMax })
        for wrong in [
            MongoTimestamp(seconds: 1_577_836_799, increment: 0), MongoTimestamp(seconds: 3_725_320_448, increment: 0),
            MongoTimestamp(seconds: 1_600_000_000, increment: 524_288),
        ] {
            #expect(throws: MillraceError.self) { try MongoPosition.commit(wrong) }
        }
    }
}

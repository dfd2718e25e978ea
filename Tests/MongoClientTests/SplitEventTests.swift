import MongoClient
import Testing
import Wire

struct SplitEventTests {
    /// An event of three parts, as `$changeStreamSplitLargeEvent` divides it.
    private func parts() throws -> [[UInt8]] {
        try [
            """
            {"_id": {"_data": "82A1"}, "splitEvent": {"fragment": 1, "of": 3}, "operationType": "update",
             "clusterTime": {"$timestamp": {"t": 9, "i": 1}}, "ns": {"db": "shop", "coll": "products"}}
            """,
            #"{"_id": {"_data": "82A2"}, "splitEvent": {"fragment": 2, "of": 3}, "fullDocument": {"_id": 1, "a": "new"}}"#,
            """
            {"_id": {"_data": "82A3"}, "splitEvent": {"fragment": 3, "of": 3}, "documentKey": {"_id": 1},
             "fullDocumentBeforeChange": {"_id": 1, "a": "old"}}
            """,
        ].map(bson)
    }

    @Test func partsMakeTheEventWithTheTokenOfTheLast() throws {
        var split = SplitEvent()
        var whole: [UInt8]?
        for part in try parts() {
            #expect(whole == nil)
            whole = try add(part, to: &split)
            #expect(split.isOpen == (whole == nil))
        }
        let expected = try bson(
            """
            {"operationType": "update", "clusterTime": {"$timestamp": {"t": 9, "i": 1}},
             "ns": {"db": "shop", "coll": "products"}, "fullDocument": {"_id": 1, "a": "new"},
             "_id": {"_data": "82A3"}, "documentKey": {"_id": 1}, "fullDocumentBeforeChange": {"_id": 1, "a": "old"}}
            """)
        #expect(whole == expected)
        let event = try changeEvent(expected)
        #expect(event.kind == .update && event.fragment == nil && event.documentBefore != nil)
    }

    @Test func aPartThatDoesNotFollowIsRefused() throws {
        let parts = try parts()
        for order in [[1], [0, 2], [0, 0]] {
            var split = SplitEvent()
            #expect(throws: WireError.self) {
                for index in order {
                    _ = try add(parts[index], to: &split)
                }
            }
        }
    }

    @Test func anInterruptedEventBeginsAgainWithItsFirstPart() throws {
        let parts = try parts()
        var split = SplitEvent()
        #expect(try add(parts[0], to: &split) == nil)
        #expect(split.isOpen)
        split.reset()
        #expect(!split.isOpen)
        #expect(try add(parts[0], to: &split) == nil)
    }
}

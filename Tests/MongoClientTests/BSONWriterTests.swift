import MongoClient
import Testing
import Wire

struct BSONWriterTests {
    @Test func writesWhatLibbsonWrites() throws {
        var writer = BSONWriter()
        writer.append("a", int32: -2)
        writer.append("b", int64: 1 << 40)
        writer.append("c", true)
        writer.append("d", "text ü")
        writer.append("e", MongoTimestamp(seconds: 7, increment: 9))
        writer.append("f") { $0.append("g", "") }
        writer.append("h", texts: ["x", "y"])
        writer.append("i", documents: [BSONWriter().document])
        let element = try bson(#"{"k": {"$oid": "0123456789abcdef01234567"}}"#)
        try writer.append("j", valuesOf: [Array(element[4..<element.count - 1])])
        let expected = try bson(
            """
            {"a": -2, "b": {"$numberLong": "1099511627776"}, "c": true, "d": "text ü",
             "e": {"$timestamp": {"t": 7, "i": 9}}, "f": {"g": ""}, "h": ["x", "y"], "i": [{}],
             "j": [{"$oid": "0123456789abcdef01234567"}]}
            """)
        #expect(writer.document == expected)
        let document = writer.document
        try BSONDocument(document.span).validate()
    }
}

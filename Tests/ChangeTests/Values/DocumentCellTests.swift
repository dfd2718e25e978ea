import Change
import ConnectorTestKit
import Testing
import Wire

@Suite struct DocumentCellTests {
    private static let collection = SampleCollection(["name", "price", "tags", "size"])
    private static let document: BSONSample = [
        "_id": .int64(7), "name": "é\"", "price": .decimal("1.00"), "tags": ["a", .binary(0, [255])], "size": nil,
    ]

    @Test func aFieldIsAViewOfItsDocument() throws {
        let row = try Self.collection.row(Self.document)
        #expect(row.state(1) == .value)
        #expect(row.byteCount < Self.document.bytes.count)
        #expect(try BSONElement(row.bytes(2)).type == .decimal128)
        #expect(row.text(0) == #"{"$numberLong":"7"}"#)
        #expect(try row.value(2) == .decimal(#require(ExactDecimal("1.00"))))
    }

    @Test func missingAndNullAreTwoStates() throws {
        let row = try Self.collection.row(["_id": 1, "size": nil])
        #expect(row.state(4) == .null && row.state(1) == .missing)
        #expect(!row.hasUnchangedCells)
        #expect(row.bytes(1).isEmpty && row.text(1) == nil)
        #expect(try row.value(1) == .null)
        var json: [UInt8] = []
        try row.appendJSON(JSONField.all(of: row.schema), to: &json)
        #expect(String(decoding: json, as: UTF8.self) == #"{"_id":1,"size":null}"#)
        // A cell that is unchanged is filled from what is known, one that is missing is known to be so.
        var builder = RowBuilder()
        builder.append(cell: 0, of: row)
        builder.appendUnchanged()
        for _ in 2..<5 { builder.appendMissing() }
        let filled = builder.row(schema: row.schema).filled(from: try Self.collection.row(Self.document))
        #expect([1, 2, 3, 4].map(filled.state) == [.value, .missing, .missing, .missing])
    }

    @Test func cellsAreWrittenAsTheFormSays() throws {
        let row = try Self.collection.row(Self.document)
        func json(_ column: Int, _ form: JSONForm = JSONForm()) throws -> String {
            var text: [UInt8] = []
            try row.appendJSON(column, form: form, to: &text)
            return String(decoding: text, as: UTF8.self)
        }
        #expect(try json(2) == #""1.00""#)
        #expect(try json(2, JSONForm(decimals: .number)) == "1.00")
        #expect(try json(3) == #"["a","/w=="]"#)
        #expect(try json(3, JSONForm(bytes: .hex)) == #"["a","ff"]"#)
        #expect(
            try json(3, JSONForm(documents: .canonical)) == #"["a",{"$binary":{"base64":"/w==","subType":"00"}}]"#)
        var text: [UInt8] = []
        try row.appendText(2, to: &text)
        try row.appendKeyText(2, to: &text)
        try row.appendText(1, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == #"1.001é""#)
    }

    @Test func equalIdentitiesHaveOneKey() throws {
        func key(_ id: BSONSample) throws -> [UInt8] {
            var key: [UInt8] = []
            try Self.collection.row(["_id": id]).appendDocumentKey(0, to: &key)
            return key
        }
        #expect(try key(1) == key(.decimal("1.0")))
        #expect(try key(1) == key(1.0))
        #expect(try key(["a": 1, "b": 2]) != key(["b": 2, "a": 1]))
        #expect(try key("1") != key(1))
        #expect(try key(nil) != key(.undefined))
        var missing: [UInt8] = []
        try Self.collection.row([:]).appendDocumentKey(0, to: &missing)
        #expect(try missing != key(nil) && missing != key(.undefined))
    }

    @Test func valuesTakeTheCaseThatIsExact() throws {
        func value(_ sample: BSONSample) throws -> Value {
            let element = sample.element()
            return try Value(parsing: element.span, as: .bson)
        }
        #expect(try value(7) == .integer(7))
        #expect(try value(.int64(.max)) == .integer(.max))
        #expect(try value(1.5) == .float64(1.5))
        #expect(try value("x") == .text("x"))
        #expect(try value(true) == .boolean(true))
        #expect(try value(.date(-1)) == .timestampWithZone(.at(-1000)))
        #expect(try value(.date(.min)) == .timestampWithZone(.at(Int128(Int64.min) * 1000)))
        #expect(try value(.binary(0, [1])) == .bytes([1]))
        #expect(try value(.binary(4, [UInt8](repeating: 1, count: 16))) == .uuid(.max / 255))
        #expect(try value(.objectID("507f1f77bcf86cd799439011")) != value(.objectID("507f1f77bcf86cd799439012")))
        #expect(try value(.binary(5, [1])) != value(.binary(0, [1])))
        #expect(try value(["a": 1]).order(to: value(["a": 2])) == .less)
        #expect(try value(["a": 1]).order(to: value(["a": 1.0])) == .equal)
        #expect(try value([1]).order(to: value(["a": 1])) == nil)
        #expect(throws: WireError.self) { try value(.rawString([0xFF])) }
        #expect(throws: WireError.self) { try Value(parsing: "x", as: .bson) }
    }

    @Test func anOpenSchemaIsAnotherSchema() {
        let open = Self.collection.schema
        let closed = TableSchema(
            id: open.id, table: open.table, columns: open.columns, identity: open.identity,
            primaryKey: open.primaryKey)
        #expect(open.isOpen && !closed.isOpen)
        #expect(open.fingerprint != closed.fingerprint)
        #expect(open.fingerprint == SampleCollection(["name", "price", "tags", "size"]).schema.fingerprint)
        #expect(open.fingerprint != SampleCollection(["name", "price", "tags"]).schema.fingerprint)
    }
}

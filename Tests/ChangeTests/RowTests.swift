import Change
import Testing
import Wire

@Suite struct RowTests {
    private let schema = TableSchema(
        id: 1, table: TableName(namespace: "public", name: "orders"),
        columns: [
            Column(name: "id", type: .int64, sourceType: "int8", isIdentity: true),
            Column(
                name: "unit \"price\"", type: .decimal(precision: 10, scale: 2), sourceType: "numeric",
                isIdentity: false),
            Column(name: "note", type: .text, sourceType: "text", isIdentity: false),
            Column(name: "paid", type: .boolean, sourceType: "bool", isIdentity: false),
        ], identity: .primaryKey, primaryKey: [0])

    private var row: Row {
        var builder = RowBuilder()
        builder.append("7")
        builder.append("19.90")
        builder.appendUnchanged()
        builder.appendNull()
        return builder.row(schema: schema)
    }

    @Test func theThreeStatesOfACellStayApartInJSON() throws {
        var json: [UInt8] = []
        try row.appendJSON(JSONField.all(of: schema), to: &json)
        #expect(String(decoding: json, as: UTF8.self) == #"{"id":7,"unit \"price\"":"19.90","paid":null}"#)
        #expect(row.hasUnchangedCells)
        #expect(row.state(2) == .unchanged && row.text(2) == nil)
        #expect(try row.value(0) == .integer(7))
        #expect(try row.value(3) == .null)
    }

    @Test func membersCanBeRenamedReorderedAndLeftOut() throws {
        var json = Array("{\"a\":1,".utf8)
        let fields = [JSONField(name: "price", column: 1), JSONField(name: "key", column: 0)]
        #expect(try row.appendMembers(fields, form: JSONForm(decimals: .number), to: &json) == 2)
        #expect(String(decoding: json, as: UTF8.self) == #"{"a":1,"price":19.90,"key":7"#)
        json = []
        #expect(try row.appendMembers([JSONField(name: "note", column: 2)], to: &json) == 0)
        #expect(json.isEmpty)
    }

    @Test func anErrorNamesTheColumnAndNotTheValueAndLeavesTheOutputAlone() throws {
        let row = Row(schema: schema, texts: ["7", "secret", nil, nil])
        var json: [UInt8] = [1]
        let error = #expect(throws: WireError.self) { try row.appendJSON(JSONField.all(of: schema), to: &json) }
        #expect(error?.description.contains("unit \"price\"") == true)
        #expect(error?.description.contains("secret") == false)
        #expect(json == [1])
    }

    @Test func aCellIsPlainTextOnlyWhereItHasAValue() throws {
        var text = Array("user:".utf8)
        try row.appendText(0, to: &text)
        try row.appendText(3, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == "user:7")
    }
}

import Change
import Testing

@testable import Connector

@Suite struct TemplateTests {
    private let schema = TableSchema(
        id: 1, table: TableName(namespace: "public", name: "t"),
        columns: [
            Column(name: "id", type: .int64, sourceType: "bigint", isIdentity: true),
            Column(name: "odd name", type: .text, sourceType: "text", isIdentity: false),
            Column(name: "on", type: .boolean, sourceType: "boolean", isIdentity: false),
        ], identity: .primaryKey, primaryKey: [0])

    private func text(_ template: String, _ cells: [String?]) throws -> String {
        let compiled = try Template(parsing: template).compiled(for: schema)
        var bytes: [UInt8] = []
        try compiled.append(Row(schema: schema, texts: cells), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func columnsStandWhereTheyAreNamed() throws {
        #expect(try text("user:{id}:{odd name}", ["7", "ä b", nil]) == "user:7:ä b")
        #expect(try text("{{{id}}}", ["7", nil, nil]) == "{7}")
        #expect(try text("{on}", ["7", nil, "t"]) == "true")
        #expect(try text("fixed", ["7", nil, nil]) == "fixed")
        #expect(try Template(parsing: "{id}x{on}{id}").columns == ["id", "on", "id"])
    }

    @Test(arguments: [
        ("a{", TemplateError.unclosedBrace(at: 1)), ("a}", .strayBrace(at: 1)), ("{}", .emptyName(at: 0)),
        ("{{}", .strayBrace(at: 2)), ("ä{id", .unclosedBrace(at: 2)),
    ])
    func whatIsNoTemplateSaysWhere(template: String, error: TemplateError) {
        #expect(throws: error) { try Template(parsing: template) }
    }

    @Test func aColumnThatIsMissingOrEmptyIsAnError() throws {
        #expect(throws: TemplateError.unknownColumn("nope")) {
            try Template(parsing: "{nope}").compiled(for: schema)
        }
        #expect(throws: KeyError.missing(column: "odd name")) { try text("{odd name}", ["7", nil, nil]) }
        #expect(throws: KeyError.malformed(column: "on")) { try text("{on}", ["7", nil, "maybe"]) }
    }
}

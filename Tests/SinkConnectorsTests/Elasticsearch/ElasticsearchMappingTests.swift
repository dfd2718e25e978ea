import Change
import Connector
import Testing

@testable import SinkConnectors

@Suite("Elasticsearch, mappings")
struct ElasticsearchMappingTests {
    let table = DocumentTable([("id", .int32), ("tenant", .text), ("price", .decimal(precision: nil, scale: nil))])

    private func sink() throws -> ElasticsearchSink {
        try ElasticsearchSink.test(pipeline: "p", options: ["url": .secret(Secret("http://127.0.0.1"))])
    }

    private func messages(
        _ table: DocumentTable, index: String = "things", id: String = "{id}", _ options: [String: OptionValue] = [:]
    ) throws -> [String] {
        do {
            _ = try table.mapping(of: try sink(), index: index, id: id, options)
            return []
        } catch let errors as ConfigurationErrors {
            return errors.diagnostics.map(\.message)
        }
    }

    @Test func theKeyIsIndexRoutingAndId() throws {
        let mapping = try table.mapping(
            of: try sink(), index: "t-{tenant}", id: "x{id}", ["routing": .text("{tenant}")])
        #expect(mapping.keyColumns == [0, 1])
        #expect(mapping.neededColumns == [0, 1, 2])
        var key: [UInt8] = []
        try mapping.appendKey(of: Row(schema: table.schema, texts: ["7", "a", nil]), to: &key)
        #expect(key == Array("t-a".utf8) + [0xFF] + Array("a".utf8) + [0xFF] + Array("x7".utf8))
        #expect(throws: KeyError.missing(column: "id")) {
            var key: [UInt8] = []
            try mapping.appendKey(of: Row(schema: table.schema, texts: [nil, "a", nil]), to: &key)
        }
    }

    @Test(arguments: ["{tenant}", "Upper", "Upper-{tenant}", "_x", "a b", "{nothing}", "x{"])
    func anIndexThatCannotBeIsRefused(_ index: String) throws {
        #expect(try messages(table, index: index).count == 1)
    }

    @Test func anIdThatIsTheSameForEveryRowIsRefused() throws {
        #expect(try messages(table, id: "one").count == 1)
    }

    @Test func optionsThatContradictTheTableAreRefusedTogether() throws {
        let found = try messages(
            table,
            options([
                "decimals": "scaled_float", "deleted_field": "gone", "origin_field": "tenant",
            ]).merging(["types": .map(["nothing": .text("keyword"), "tenant": .text("nonsense")])]) { $1 })
        #expect(found.count == 5)
    }

    @Test(arguments: ["_id", "_source", "a.b", ""])
    func aFieldThatElasticsearchKeepsForItselfIsRefused(_ name: String) throws {
        #expect(try messages(DocumentTable([("id", .int32), (name, .text)])).count == 1)
    }

    @Test(arguments: ["", ".", "..", "-a", "a/b", "a*", "A", "a,b", "a:b", String(repeating: "a", count: 256)])
    func namesThatNoIndexHasAreTold(_ name: String) {
        #expect(IndexName.problem(with: name) != nil)
    }

    @Test(arguments: ["a", "orders-2024.01", ".hidden", "ä", String(repeating: "a", count: 255)])
    func namesThatAnIndexMayHavePass(_ name: String) {
        #expect(IndexName.problem(with: name) == nil)
    }

    @Test(arguments: [
        (DataType.decimal(precision: 15, scale: 2), "auto", "double", FieldEncoding.Shape.number),
        (.decimal(precision: 16, scale: 2), "auto", "keyword", .quotedNumber),
        (.decimal(precision: nil, scale: nil), "auto", "keyword", .quotedNumber),
        (.decimal(precision: 38, scale: 9), "double", "double", .number),
        (.decimal(precision: 10, scale: 3), "scaled_float", "scaled_float", .number),
        (.decimal(precision: 10, scale: 3), "keyword", "keyword", .quotedNumber),
    ])
    func decimalsBecomeWhatIsAskedFor(
        _ type: DataType, _ choice: String, _ expected: String, _ shape: FieldEncoding.Shape
    )
        throws
    {
        let table = DocumentTable([("id", .int32), ("v", type)])
        let mapping = try table.mapping(of: try sink(), index: "i", ["decimals": .text(choice)])
        #expect(mapping.fields[1].type == expected)
        #expect(mapping.fields[1].encoding.shape == shape)
        #expect(mapping.fields[1].property["scaling_factor"] == (expected == "scaled_float" ? .number(1000) : nil))
    }

    private func options(_ texts: [String: String]) -> [String: OptionValue] { texts.mapValues { .text($0) } }
}

import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite struct DocumentEnvelopeTests {
    private let products = SampleCollection(["name", "price", "note"], identity: .full)
    private static let document: BSONSample = ["_id": .int64(7), "name": "é\"", "price": .decimal("1.00"), "note": nil]

    private var mapping: StdoutMapping {
        StdoutMapping(
            MappingRequest(
                name: "products", schema: products.schema,
                outputs: products.schema.columns.enumerated().map { OutputField(name: $1.name, column: $0) },
                options: PrintedTable.options()))
    }

    private func lines(
        _ form: EnvelopeForm, _ kind: ChangeKind, _ row: Row, old: Row? = nil
    ) throws -> [String] {
        var encoding = StdoutEncoding(
            StdoutOptions(
                PrintedTable.options(["form": .text(form.rawValue), "database": .text("shop")]), pipeline: "shop"))
        var lines: [UInt8] = []
        try encoding.append(
            SinkWrite(
                mapping: mapping, action: .append, row: row, version: Version(epoch: 0, commit: 3, window: 0),
                position: Position(commit: 3, ordinal: 2), kind: kind, committedAt: 1_000_000, transaction: 0,
                oldRow: old),
            at: 2_000_000, to: &lines)
        return PrintedTable.lines(lines)
    }

    @Test func everyTypeCanBeReadBackAndMissingFieldsAreNotThere() throws {
        let lines = try lines(.millrace, .insert, products.row(Self.document))
        #expect(
            lines[0].contains(
                #""after":{"_id":{"$numberLong":"7"},"name":"é\"","price":{"$numberDecimal":"1.00"},"note":null}"#))
        let less = try self.lines(
            .millrace, .update, products.row(["_id": .int64(7)]), old: products.row(Self.document))
        #expect(less[0].contains(#""after":{"_id":{"$numberLong":"7"}}}"#))
        #expect(!less[0].contains("unchanged"))
    }

    @Test func documentsAreWrittenAsDebeziumsConnectorForThemWrites() throws {
        let update = try lines(
            .debezium, .update, products.row(["_id": .int64(7), "name": "a"]), old: products.row(Self.document))
        #expect(
            update == [
                #"{"key":{"id":"{\"$numberLong\":\"7\"}"},"value":{"before":"#
                    + #""{\"_id\":{\"$numberLong\":\"7\"},\"name\":\"é\\\"\",\"price\":{\"$numberDecimal\":\"1.00\"},\"note\":null}","#
                    + #""after":"{\"_id\":{\"$numberLong\":\"7\"},\"name\":\"a\"}","updateDescription":null,"#
                    + #""source":{"version":"3.0.0.Final","connector":"mongodb","name":"shop","ts_ms":1000,"snapshot":"false","#
                    + #""db":"shop","sequence":null,"ts_us":1000000,"ts_ns":1000000000,"collection":"products","ord":3,"#
                    + #""lsid":null,"txnNumber":null,"wallTime":null},"transaction":null,"op":"u","ts_ms":2000,"ts_us":2000000,"#
                    + #""ts_ns":2000000000}}"#
            ])
        let delete = try lines(.debezium, .delete, products.deleted(.objectID("507f1f77bcf86cd799439011")))
        #expect(delete.count == 2)
        #expect(
            delete[0].hasPrefix(
                #"{"key":{"id":"{\"$oid\":\"507f1f77bcf86cd799439011\"}"},"value":{"before":null,"after":null,"#))
        #expect(delete[1] == #"{"key":{"id":"{\"$oid\":\"507f1f77bcf86cd799439011\"}"},"value":null}"#)
    }
}

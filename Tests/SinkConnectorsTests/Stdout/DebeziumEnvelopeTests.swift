import Change
import Connector
import Foundation
import Testing

@testable import SinkConnectors

@Suite struct DebeziumEnvelopeTests {
    private let table = PrintedTable()

    private func source(
        commit: UInt64 = 3000, previous: UInt64? = nil, snapshot: Bool = false, at microseconds: Int64? = nil
    ) -> String {
        let time = microseconds ?? (snapshot ? PrintedTable.now : 1_767_323_045_678_901)
        let before = previous.map { #"\"\#($0 * 8)\""# } ?? "null"
        return
            #""source":{"version":"3.0.0.Final","connector":"postgresql","name":"shop-orders","ts_ms":\#(time / 1000),"#
            + #""snapshot":"\#(snapshot)","db":"shop","sequence":"[\#(before),\"\#(commit * 8)\"]","ts_us":\#(time),"#
            + #""ts_ns":\#(time)000,"schema":"public","table":"odd \"things\"","txId":\#(snapshot ? "null" : "734"),"#
            + #""lsn":\#(commit * 8),"xmin":null,"origin":null,"origin_lsn":null},"transaction":null"#
    }

    private func tail(_ op: String) -> String {
        #","op":"\#(op)","ts_ms":1767323046000,"ts_us":1767323046000123,"ts_ns":1767323046000123000}"#
    }

    @Test func aCreateAnUpdateAndAReadHaveDebeziumsFrame() throws {
        let lines = try table.print(
            [
                table.write(.read, ["7", "Ann", "1.00", nil], commit: 2000),
                table.write(.insert, ["8", "Bo", nil, "\\xff"]),
                table.write(.update, ["7", "Anne", "1.50", .unchanged], commit: 3001),
            ], .debezium)
        #expect(
            lines == [
                #"{"key":{"id":7},"value":{"before":null,"after":{"id":7,"name":"Ann","price":"1.00","photo":null},"#
                    + source(commit: 2000, snapshot: true) + tail("r") + "}",
                #"{"key":{"id":8},"value":{"before":null,"after":{"id":8,"name":"Bo","price":null,"photo":"/w=="},"#
                    + source() + tail("c") + "}",
                #"{"key":{"id":7},"value":{"before":null,"after":{"id":7,"name":"Anne","price":"1.50","#
                    + #""photo":"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="},"# + source(commit: 3001, previous: 3000)
                    + tail("u") + "}",
            ])
        for line in lines { _ = try PrintedTable.object(line) }
    }

    @Test func aMessageHasItsPrefixAsKeyAndItsContentInBase64() throws {
        let lines = try table.print(
            [try PrintedTable.message("out\"box", "\\x6869"), try PrintedTable.message("m", "\\x", transaction: 0)],
            .debezium)
        let source = source().replacing(#"odd \"things\""#, with: "").replacing(#""public""#, with: #""""#)
            .replacing(#","transaction":null"#, with: "")
        #expect(
            lines[0]
                == #"{"key":{"prefix":"out\"box"},"value":{"# + source
                + #","message":{"prefix":"out\"box","content":"aGk="},"transaction":null"# + tail("m") + "}")
        let value = try #require(try PrintedTable.object(lines[1])?["value"] as? [String: Any])
        #expect((value["source"] as? [String: Any])?["txId"] is NSNull)
        #expect((value["message"] as? [String: Any])?["content"] as? String == "")
    }

    @Test func aDeleteIsFollowedByItsTombstone() throws {
        #expect(
            try table.print([table.write(.delete, ["7", .unchanged, .unchanged, .unchanged])], .debezium) == [
                #"{"key":{"id":7},"value":{"before":{"id":7},"after":null,"# + source() + tail("d") + "}",
                #"{"key":{"id":7},"value":null}"#,
            ])
    }

    @Test func aChangeOfTheKeyIsADeleteATombstoneAndACreate() throws {
        let update = table.write(
            .update, ["8", "Anne", nil, .unchanged], old: ["7", .unchanged, .unchanged, .unchanged])
        #expect(
            try table.print([update], .debezium) == [
                #"{"key":{"id":7},"value":{"before":{"id":7},"after":null,"# + source() + tail("d")
                    + #","headers":{"__debezium.newkey":{"id":8}}}"#,
                #"{"key":{"id":7},"value":null}"#,
                #"{"key":{"id":8},"value":{"before":null,"after":{"id":8,"name":"Anne","price":null,"#
                    + #""photo":"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="},"# + source() + tail("c")
                    + #","headers":{"__debezium.oldkey":{"id":7}}}"#,
            ])
    }

    @Test func aFullOldRowThatKeepsItsKeyIsAnUpdateWithABefore() throws {
        let full = PrintedTable(identity: .full)
        let lines = try full.print(
            [full.write(.update, ["7", "Anne", "2.00", nil], old: ["7", "Ann", "2.00", nil])], .debezium)
        #expect(lines.count == 1)
        #expect(
            lines[0].contains(#""value":{"before":{"id":7,"name":"Ann","price":"2.00","photo":null},"after":{"id":7,"#))
        #expect(lines[0].contains(#""op":"u""#))
    }

    @Test func aTableWithoutAKeyHasNullKeysAndNoTombstones() throws {
        let keyless = PrintedTable(key: [], identity: .full)
        let lines = try keyless.print([keyless.write(.delete, ["7", "Ann", nil, nil])], .debezium)
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix(#"{"key":null,"value":{"before":{"id":7"#))
    }

    @Test func aTruncateHasNeitherKeyNorRows() {
        var encoding = StdoutEncoding(
            StdoutOptions(
                PrintedTable.options(["form": .text("debezium"), "database": .text("shop")]), pipeline: "shop-orders"))
        var lines: [UInt8] = []
        let floor = Version(epoch: 3, commit: 3000, window: 1)
        encoding.append(truncate: table.mapping.request, floor: floor, at: PrintedTable.now, to: &lines)
        let block = source(at: PrintedTable.now).replacing(#""txId":734"#, with: #""txId":null"#)
        #expect(PrintedTable.lines(lines) == [#"{"key":null,"value":{"# + block + tail("t") + "}"])
    }

    static let cells: [(DataType, sourceType: String, cell: String, json: String)] = [
        (.boolean, "boolean", "t", "true"),
        (.float64, "double precision", "NaN", #""NaN""#),
        (.decimal(precision: nil, scale: nil), "numeric", "NaN", #""NaN""#),
        (.money, "money", "-$1,234.50", #""-1234.50""#),
        (.date, "date", "1970-01-11", "10"), (.date, "date", "0044-03-15 BC", "-735160"),
        (.date, "date", "infinity", #""infinity""#),
        (.time, "time", "24:00:00", "86400000000"),
        (.timeWithZone, "timetz", "03:04:05.6+02", #""03:04:05.6+02:00""#),
        (.timestamp, "timestamp without time zone", "1970-01-01 00:00:01.5", "1500000"),
        (.timestamp, "timestamp(6) without time zone", "1970-01-01 00:00:01.5", "1500000"),
        (.timestamp, "timestamp(3) without time zone", "1970-01-01 00:00:01.5", "1500"),
        (.timestamp, "timestamp(0) without time zone", "1969-12-31 23:59:59", "-1000"),
        (.timestamp, "timestamp", "infinity", "9223372036825200000"),
        (.timestamp, "timestamp", "-infinity", "-9223372036832400000"),
        (.timestamp, "timestamp", "294276-12-31 23:59:59.999999", "9224318015999999999"),
        (.timestampWithZone, "timestamp with time zone", "2026-01-02 03:04:05.5+00", #""2026-01-02T03:04:05.5Z""#),
        (.interval, "interval", "P1M2DT3S", "2802603000000"), (.interval, "interval", "PT-0.5S", "-500000"),
        (.bits, "bit(1)", "1", "true"), (.bits, "bit(1)", "0", "false"), (.bits, "bit(10)", "1000000001", #""AQI=""#),
        (.bits, "bit varying(3)", "101", #""BQ==""#), (.bits, "bit varying(3)", "", #""""#),
        (.json, "jsonb", #"{"a": 1}"#, #""{\"a\": 1}""#),
        (.uuid, "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", #""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#),
        (.enumeration(labels: ["a"]), "mood", "a", #""a""#),
        (.range(of: .int32), "int4range", "[1,5)", #""[1,5)""#),
        (.other, "hstore", #""a"=>NULL"#, #""\"a\"=>NULL""#),
        (.array(of: .int32), "integer[]", "{{1,NULL},{3,4}}", "[[1,null],[3,4]]"),
        (.array(of: .json), "jsonb[]", #"{"{\"a\": 1}"}"#, #"["{\"a\": 1}"]"#),
        (.array(of: .timestamp), "timestamp(3) without time zone[]", #"{"1970-01-01 00:00:01"}"#, "[1000]"),
    ]

    @Test(arguments: cells)
    func everyTypeHasDebeziumsEncoding(_ type: DataType, _ sourceType: String, _ cell: String, _ json: String) throws {
        let column = DebeziumColumn(Column(name: "c", type: type, sourceType: sourceType, isIdentity: false))
        var output: [UInt8] = []
        try column.append(cell.utf8.span, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == json)
    }

    @Test func whatIsUnavailableHasAPlaceholderOfItsType() {
        let placeholders: [(DataType, String)] = [
            (.text, #""__debezium_unavailable_value""#), (.json, #""__debezium_unavailable_value""#),
            (.bytes, #""X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==""#),
            (.array(of: .text), #"["__debezium_unavailable_value"]"#),
        ]
        for (type, json) in placeholders {
            var output: [UInt8] = []
            DebeziumColumn(Column(name: "c", type: type, sourceType: "", isIdentity: false)).appendUnavailable(
                to: &output)
            #expect(String(decoding: output, as: UTF8.self) == json)
        }
    }
}

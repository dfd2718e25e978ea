import Change
import Connector
import ConnectorTestKit
import Testing

@testable import SinkConnectors

@Suite struct PointEncodingTests {
    private func sink(_ api: String = "v1") throws -> InfluxDBSink {
        var options: [String: OptionValue] = ["url": .secret(Secret("http://127.0.0.1:1/shop")), "api": .text(api)]
        if api == "v2" { options["organization"] = .text("o") }
        return try InfluxDBSink.test(options)
    }

    private static let everyType: [(String, DataType)] = [
        ("id", .int64), ("at", .timestamp), ("tag", .text), ("flag", .boolean), ("small", .int16), ("oid", .uint32),
        ("xid", .uint64), ("real", .float32), ("double", .float64), ("price", .decimal(precision: 10, scale: 2)),
        ("exact", .decimal(precision: nil, scale: nil)), ("uuid", .uuid), ("doc", .json), ("days", .array(of: .int32)),
        ("raw", .bytes),
    ]

    @Test func everyTypeHasItsFieldWhateverTheValue() throws {
        let table = PointTable(Self.everyType)
        let mapping = try table.mapping(
            of: try sink(),
            [
                "mode": .text("rows"), "time": .text("at"), "tags": .list([.text("tag")]), "nulls": .text("omit"),
            ])
        let line = try table.line(
            mapping,
            [
                "9223372036854775807", "2024-02-29 12:34:56.789012", "a b", "t", "-5", "4000000000", "7", "1e-05", "1",
                "10.00", "1.10", "00000000-0000-0000-0000-000000000001", #"{"a": "b\"c"}"#, "{1,2}", "\\x00ff",
            ])
        #expect(
            line
                == #"things,tag=a\ b millrace_version=2560i,id=9223372036854775807i,flag=true,small=-5i,oid=4000000000i,"#
                + #"xid=7i,real=1e-05,double=1,price=10.00,exact="1.10",uuid="00000000-0000-0000-0000-000000000001","#
                + #"doc="{\"a\": \"b\\\"c\"}",days="[1,2]",raw="AP8=" 1709210096789012000"# + "\n")
    }

    @Test func aNullIsSaidOfEachFieldOfARow() throws {
        let table = PointTable([("id", .int32), ("at", .timestampWithZone), ("name", .text)])
        let mapping = try table.mapping(of: try sink(), ["mode": .text("rows"), "time": .text("at")])
        #expect(
            try table.line(mapping, ["1", "1970-01-01 00:00:01+00", nil])
                == "things millrace_version=2560i,id=1i,id_null=false,name_null=true 1000000000\n")
        #expect(
            try table.line(mapping, ["1", "1970-01-01 00:00:01+00", ""])
                == #"things millrace_version=2560i,id=1i,id_null=false,name="",name_null=false 1000000000"# + "\n")
    }

    @Test func anEventTellsItsChange() throws {
        let table = PointTable([("id", .int32), ("status", .text), ("name", .text)])
        let mapping = try table.mapping(
            of: try sink(), ["tags": .list([.text("status")]), "constant_tags": .map(["region": .text("eu west")])])
        #expect(
            try table.line(mapping, ["1", "paid", "x"], .append)
                == #"things,op=insert,region=eu\ west,seq=0,status=paid millrace_version=2560i,id=1i,name="x" "#
                + "1700000000000000010\n")
        // Of a deleted row only the key may be known.
        var builder = RowBuilder()
        builder.append("1")
        builder.appendUnchanged()
        builder.appendUnchanged()
        let write = SinkWrite(
            mapping: mapping, action: .append, row: builder.row(schema: table.schema), version: Version(rawValue: 1),
            position: Position(commit: 1001, ordinal: 2), kind: .delete, committedAt: 5, transaction: 1)
        var encoding = PointEncoding(reserving: 0)
        _ = try encoding.append(write, mapping: mapping)
        #expect(
            String(decoding: encoding.body, as: UTF8.self)
                == "things,op=delete,region=eu\\ west,seq=1.2 millrace_version=1i,id=1i 5001\n")
    }

    /// Nothing that a row holds ends its place in the line.
    @Test(arguments: [
        "a,b=c d", "\"", "\\", "\\\"", "x\\", "a\\,b", "line\nline", "\r\n", "\u{0}", "🦀 é", " ", "=", ",", "#",
        "a\\nb",
        "tab\tx", "`'\"", "\u{7f}", "a\\\\", "\\ ", "m,t=x v=1i 1\nm,t=y v=2i 2",
    ])
    func hostileTextStaysAValue(_ text: String) throws {
        let table = PointTable([("id", .int32), ("at", .timestamp), ("tag", .text), ("field", .text)])
        let options: [String: OptionValue] = [
            "mode": .text("rows"), "time": .text("at"), "tags": .list([.text("tag")]), "nulls": .text("omit"),
        ]
        let parking = try table.mapping(of: try sink(), options)
        let isOdd = text.utf8.span.indices.contains { LineText.isOdd(text.utf8.span, at: $0) }
        let row = ["1", "1970-01-01 00:00:00", text, text]
        if isOdd {
            #expect(throws: PointProblem.oddTag(column: "tag")) { try table.line(parking, row) }
        } else {
            let point = try ReadLine(try table.line(parking, row))
            #expect(point.tags["tag"] == text)
            #expect(point.fields["field"] == text)
        }
        let replacing = try table.mapping(of: try sink(), options.merging(["odd_tags": .text("replace")]) { $1 })
        let point = try ReadLine(try table.line(replacing, row))
        #expect(point.tags.count == 1)
        #expect(point.fields["field"] == text)
        #expect(point.time == "0")
    }

    @Test func hostileNamesAreEscapedOrRefused() throws {
        let table = PointTable([("id", .int32), ("at", .timestamp), ("a b,c=d", .text), ("x\"y'", .text)])
        let options: [String: OptionValue] = [
            "mode": .text("rows"), "time": .text("at"), "tags": .list([.text("a b,c=d")]), "nulls": .text("omit"),
        ]
        let mapping = try table.mapping(of: try sink(), measurement: "m x,y=z", options)
        #expect(
            try table.line(mapping, ["1", "1970-01-01 00:00:00", "t", "v"])
                == #"m\ x\,y=z,a\ b\,c\=d=t millrace_version=2560i,id=1i,x"y'="v" 0"# + "\n")
        for name in ["", "_m", "a\nb", "a\\", "#m"] {
            #expect(throws: ConfigurationErrors.self) { try table.mapping(of: try sink(), measurement: name, options) }
        }
        let timed = PointTable([("id", .int32), ("at", .timestamp), ("time", .text)])
        #expect(throws: ConfigurationErrors.self) {
            try timed.mapping(of: try sink(), ["mode": .text("rows"), "time": .text("at")])
        }
    }

    @Test func whatAFieldCannotHoldParksOrIsLeftOut() throws {
        let table = PointTable([
            ("id", .int32), ("at", .timestamp), ("x", .float64), ("n", .uint64),
            ("d", .decimal(precision: nil, scale: nil)),
        ])
        let options: [String: OptionValue] = [
            "mode": .text("rows"), "time": .text("at"), "nulls": .text("omit"), "decimals": .text("float"),
        ]
        let mapping = try table.mapping(of: try sink(), options)
        for special in ["NaN", "Infinity", "-Infinity"] {
            #expect(throws: PointProblem.special(column: "x")) {
                try table.line(mapping, ["1", "1970-01-01 00:00:00", special, "1", "1"])
            }
        }
        #expect(throws: PointProblem.unfit(column: "n", type: "integer")) {
            try table.line(mapping, ["1", "1970-01-01 00:00:00", "1", "9223372036854775808", "1"])
        }
        #expect(throws: PointProblem.unfit(column: "d", type: "float")) {
            try table.line(mapping, ["1", "1970-01-01 00:00:00", "1", "1", "1" + String(repeating: "0", count: 400)])
        }
        let omitting = try table.mapping(of: try sink(), options.merging(["special_values": .text("omit")]) { $1 })
        #expect(
            try table.line(omitting, ["1", "1970-01-01 00:00:00", "NaN", "1", "NaN"])
                == "things millrace_version=2560i,id=1i,n=1i 0\n")
        let unsigned = try table.mapping(of: try sink("v3"), options.merging(["unsigned": .text("unsigned")]) { $1 })
        #expect(
            try table.line(unsigned, ["1", "1970-01-01 00:00:00", "1", "18446744073709551615", "1"]).contains(
                "n=18446744073709551615u"))
    }

    @Test(arguments: ["infinity", "-infinity", "9999-01-01 00:00:00", "0001-01-01 00:00:00"])
    func timesThatNoPointCanHaveParkTheRow(_ time: String) throws {
        let table = PointTable([("id", .int32), ("at", .timestamp)])
        let mapping = try table.mapping(of: try sink(), ["mode": .text("rows"), "time": .text("at")])
        #expect(throws: PointProblem.self) { try table.line(mapping, ["1", time]) }
    }

    @Test func timesAreCutAndSpreadAsTheFileSays() throws {
        let table = PointTable([("id", .int32), ("at", .timestamp)])
        let cut = try table.mapping(
            of: try sink(), ["mode": .text("rows"), "time": .text("at"), "precision": .text("s")])
        #expect(try table.line(cut, ["1", "1969-12-31 23:59:59.5"]).hasSuffix(" -1000000000\n"))
        let spread = try table.mapping(
            of: try sink(), ["mode": .text("rows"), "time": .text("at"), "spread": .boolean(true)])
        let first = try ReadLine(try table.line(spread, ["1", "1970-01-01 00:00:01"])).time
        let second = try ReadLine(try table.line(spread, ["2", "1970-01-01 00:00:01"])).time
        #expect(first != second)
        #expect(first.hasPrefix("1000000") && first.count == 10)
        let counted = PointTable([("id", .int32), ("at", .int64)])
        let milliseconds = try counted.mapping(
            of: try sink(), ["mode": .text("rows"), "time": .text("at"), "time_unit": .text("ms")])
        #expect(try counted.line(milliseconds, ["1", "1500"]).hasSuffix(" 1500000000\n"))
    }

    @Test func theTypeOfADocumentsFieldIsDeclaredAndHolds() throws {
        let table = PointTable([("id", .text), ("at", .timestamp), ("n", .text)])
        let mapping = try table.mapping(
            of: try sink(), ["mode": .text("rows"), "time": .text("at"), "types": .map(["n": .text("integer")])])
        #expect(throws: PointProblem.unfit(column: "n", type: "integer")) {
            try table.line(mapping, ["1", "1970-01-01 00:00:00", "12"])
        }
        #expect(throws: ConfigurationErrors.self) {
            try table.mapping(of: try sink(), ["types": .map(["nothing": .text("integer")])])
        }
        #expect(throws: ConfigurationErrors.self) {
            try table.mapping(of: try sink(), ["types": .map(["n": .text("number")])])
        }
    }

    @Test func optionsThatContradictAreRefused() throws {
        let table = PointTable([("id", .int32), ("at", .timestamp), ("name", .text)])
        for options: [String: OptionValue] in [
            ["mode": .text("rows")], ["mode": .text("rows"), "time": .text("name")], ["time": .text("at")],
            ["tags": .list([.text("nobody")])], ["unsigned": .text("unsigned")],
            ["version_field": .text("name")],
            ["tags": .list([.text("name")]), "constant_tags": .map(["name": .text("x")])],
            ["mode": .text("rows"), "time": .text("at"), "spread": .boolean(true), "precision": .text("s")],
        ] {
            #expect(throws: ConfigurationErrors.self, "\(options)") { try table.mapping(of: try sink(), options) }
        }
        #expect(throws: ConfigurationErrors.self) {
            try table.mapping(
                of: try sink("v3"), ["mode": .text("rows"), "time": .text("at"), "on_delete": .text("delete")])
        }
    }
}

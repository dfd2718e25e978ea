import Change
import Foundation
import Testing
import Wire

@Suite struct CellEncodingTests {
    @Test(arguments: CapturedCell.all)
    func everyCapturedCellBecomesTheStatedJSON(_ captured: CapturedCell) throws {
        #expect(try json(captured.cell, captured.type) == captured.json)
        _ = try JSONSerialization.jsonObject(with: Data(captured.json.utf8), options: .fragmentsAllowed)
    }

    @Test(arguments: CapturedCell.all)
    func everyCapturedCellBecomesTheStatedText(_ captured: CapturedCell) throws {
        var text: [UInt8] = []
        try captured.type.appendText(of: captured.cell.utf8.span, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == captured.text ?? captured.cell)
    }

    @Test(arguments: CapturedCell.all)
    func everyCapturedCellDecodesToAValueEqualToItself(_ captured: CapturedCell) throws {
        let value = try Value(parsing: captured.cell, as: captured.type)
        #expect(try value == Value(parsing: captured.cell, as: captured.type))
        #expect(!value.isNull)
    }

    @Test func booleansAreReadInTheFormThatTheStreamSends() throws {
        #expect(try json("t", .boolean) == "true")
        #expect(try json("f", .boolean) == "false")
    }

    @Test func decimalsBecomeNumbersWhereTheFormSaysSo() throws {
        let form = JSONForm(decimals: .number)
        #expect(try json("1.00", CapturedCell.decimal, form) == "1.00")
        #expect(try json("NaN", CapturedCell.decimal, form) == #""NaN""#)
        #expect(try json("-Infinity", CapturedCell.decimal, form) == #""-Infinity""#)
        #expect(try json("-$1,234.50", .money, form) == "-1234.50")
    }

    @Test func bytesBecomeHexadecimalWhereTheFormSaysSo() throws {
        #expect(try json("\\xdeadbeef", .bytes, JSONForm(bytes: .hex)) == #""deadbeef""#)
        #expect(throws: WireError.self) { try json("\\xzz", .bytes, JSONForm(bytes: .hex)) }
    }

    @Test func aTimestampThatStatesAnotherZoneBecomesTheSameInstant() throws {
        #expect(
            try json("2026-01-01 00:30:00.25+05:30", .timestampWithZone) == #""2025-12-31T19:00:00.25Z""#)
        #expect(
            try json("0001-01-01 00:30:00+01", .timestampWithZone) == #""-000000-12-31T23:30:00Z""#)
    }

    @Test func textThatIsNotUTF8IsRefusedOrRepairedButNeverWritten() throws {
        let bytes: [UInt8] = [0x61, 0xff, 0x62]
        var output: [UInt8] = Array("before".utf8)
        #expect(throws: WireError.self) { try DataType.text.appendJSON(of: bytes.span, to: &output) }
        #expect(output == Array("before".utf8))
        try DataType.text.appendJSON(of: bytes.span, form: JSONForm(invalidText: .repaired), to: &output)
        #expect(output == Array("before\"a\u{FFFD}b\"".utf8))
        #expect(throws: WireError.self) { try DataType.json.appendJSON(of: bytes.span, to: &output) }
        #expect(throws: WireError.self) { try Value(parsing: bytes.span, as: .text) }
    }

    static let malformed: [(String, DataType)] = [
        ("", .boolean), ("x", .boolean), ("", .int32), ("01", .int32), ("1.5", .int64), ("+1", .int32), ("-", .int16),
        ("", CapturedCell.decimal), ("1.", CapturedCell.decimal), (".5", CapturedCell.decimal),
        ("nan", CapturedCell.decimal), ("1e", .float64), ("inf", .float32), ("--1", .float64),
        ("1,234.50", .money), ("$12,34.50", .money), ("$1.234,50", .money), ("$,123.00", .money), ("$1234.50", .money),
        ("$1.5", .money), ("$", .money), ("-$", .money), ("€1.50", .money),
        ("deadbeef", .bytes), ("\\xabc", .bytes), ("\\xgg", .bytes),
        ("2026-13-01", .date), ("2026-02-29", .date), ("2026-1-1", .date), ("0000-01-01", .date), ("12-1-1", .date),
        ("2026-01-01 AD", .date), ("2026-01-01 BCE", .date), ("infinit", .date), ("99999999-01-01", .date),
        ("24:00:01", .time), ("23:60:00", .time), ("23:59:60", .time), ("1:00:00", .time), ("12:00", .time),
        ("12:00:00.", .time), ("12:00:00.1234567", .time), ("12:00:00+02", .time), ("12:00:00", .timeWithZone),
        ("12:00:00+16", .timeWithZone), ("2026-01-01", .timestamp), ("2026-01-01T00:00:00", .timestamp),
        ("2026-01-01 00:00:00", .timestampWithZone), ("2026-01-01 00:00:00+00", .timestamp),
        ("P", .interval), ("PT", .interval), ("P1", .interval), ("P1Y1", .interval), ("P1S", .interval),
        ("PT1.5M", .interval), ("1 day", .interval), ("P1YT", .interval), ("P99999999999Y", .interval),
        ("", .json), ("\"a\nb\"", .json), ("\"a\n", .json),
        ("", .array(of: .int32)), ("{", .array(of: .int32)), ("{1", .array(of: .int32)), ("{1,}", .array(of: .int32)),
        ("{,1}", .array(of: .int32)), ("{1}}", .array(of: .int32)), ("1}", .array(of: .int32)),
        ("{a}", .array(of: .int32)), ("{\"a}", .array(of: .text)), ("{\"a\"b}", .array(of: .text)),
        ("{a\"b\"}", .array(of: .text)), ("[0:1={1}", .array(of: .int32)), ("[1:0]={}", .array(of: .int32)),
        ("[0:2]{1,2,3}", .array(of: .int32)), ("{{{{{{{1}}}}}}}", .array(of: .int32)), ("{1\\", .array(of: .text)),
        ("(", .range(of: .int32)), ("[1,2", .range(of: .int32)), ("[1,2,3]", .range(of: .int32)),
        ("[1,2)x", .range(of: .int32)), ("1,2", .range(of: .int32)), ("[a,b]", .range(of: .int32)),
        ("{[1,2)", .multirange(of: .int32)), ("{[1,2),}", .multirange(of: .int32)),
        ("{[1,2)[3,4)}", .multirange(of: .int32)), ("{}x", .multirange(of: .int32)), ("{", .multirange(of: .int32)),
        ("(1", .composite(fields: [.init(name: "a", type: .int32)])),
        ("(1,2)", .composite(fields: [.init(name: "a", type: .int32)])),
        ("(1)", .composite(fields: [])), ("(,)", .composite(fields: [])),
        ("(1)x", .composite(fields: [.init(name: "a", type: .int32)])),
        ("(\"a\"b)", .composite(fields: [.init(name: "a", type: .text)])),
        ("()", .composite(fields: [.init(name: "a", type: .int32), .init(name: "b", type: .int32)])),
    ]

    @Test(arguments: malformed)
    func aMalformedCellThrowsAndLeavesTheOutputAlone(_ cell: String, _ type: DataType) {
        var output: [UInt8] = [1, 2, 3]
        #expect(throws: WireError.self) { try type.appendJSON(of: cell.utf8.span, to: &output) }
        #expect(output == [1, 2, 3])
    }

    @Test func aValueRefusesAnArrayWhosePartsDifferInLength() {
        for cell in ["{{1,2},{3}}", "{{1},2}", "{1,{2}}", "{{},{1}}", "{{{1}},{2}}", "[0:1]={{1},{2}}", "{{}}"] {
            #expect(throws: WireError.self) { try Value(parsing: cell, as: .array(of: .int32)) }
        }
    }

    private func json(_ cell: String, _ type: DataType, _ form: JSONForm = JSONForm()) throws -> String {
        var output: [UInt8] = []
        try type.appendJSON(of: cell.utf8.span, form: form, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

import Change

/// One value as the real server prints it, and what it must become.
///
/// `cell` is captured: `ServerCellTests` asks a running server for `(sql)::text` under the settings of ``settings`` and
/// compares. To capture a new one, run in psql, after those settings: `SELECT (sql)::text`.
struct CapturedCell: Sendable {
    var sql: String
    var type: DataType
    var cell: String
    var json: String
    /// The plain text, where it is not the cell itself.
    var text: String?

    init(_ sql: String, _ type: DataType, _ cell: String, json: String, text: String? = nil) {
        self.sql = sql
        self.type = type
        self.cell = cell
        self.json = json
        self.text = text
    }

    static let settings = """
        SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET IntervalStyle = 'iso_8601'; SET TimeZone = 'UTC';
        SET extra_float_digits = 1; SET bytea_output = 'hex'; SET lc_monetary = 'C';
        """

    static let decimal = DataType.decimal(precision: nil, scale: nil)

    static let all: [CapturedCell] = scalars + temporals + structured

    static let scalars: [CapturedCell] = [
        .init("true", .boolean, "true", json: "true"),
        .init("(-32768)::int2", .int16, "-32768", json: "-32768"),
        .init("(-2147483648)::int4", .int32, "-2147483648", json: "-2147483648"),
        .init("9223372036854775807", .int64, "9223372036854775807", json: "9223372036854775807"),
        .init("(-9223372036854775808)::int8", .int64, "-9223372036854775808", json: "-9223372036854775808"),
        .init("4294967295::oid", .uint32, "4294967295", json: "4294967295"),
        .init("'18446744073709551615'::xid8", .uint64, "18446744073709551615", json: "18446744073709551615"),
        .init("'NaN'::numeric", decimal, "NaN", json: #""NaN""#),
        .init("'Infinity'::numeric", decimal, "Infinity", json: #""Infinity""#),
        .init("'-Infinity'::numeric", decimal, "-Infinity", json: #""-Infinity""#),
        .init("1.00::numeric(10,2)", .decimal(precision: 10, scale: 2), "1.00", json: #""1.00""#),
        .init("1e-20::numeric", decimal, "0.00000000000000000001", json: #""0.00000000000000000001""#),
        .init("(-0.0)::numeric", decimal, "0.0", json: #""0.0""#),
        .init(
            "123456789012345678901234567890.123456789", decimal, "123456789012345678901234567890.123456789",
            json: #""123456789012345678901234567890.123456789""#),
        .init("'NaN'::float4", .float32, "NaN", json: #""NaN""#),
        .init("'-Infinity'::float8", .float64, "-Infinity", json: #""-Infinity""#),
        .init("'-0'::float8", .float64, "-0", json: "-0"),
        .init("5e-324::float8", .float64, "5e-324", json: "5e-324"),
        .init("1e20::float8", .float64, "1e+20", json: "1e+20"),
        .init("0.1::float4", .float32, "0.1", json: "0.1"),
        .init("123456789012345680::float8", .float64, "1.2345678901234568e+17", json: "1.2345678901234568e+17"),
        .init("1234.56::money", .money, "$1,234.56", json: #""1234.56""#, text: "1234.56"),
        .init("(-1234567.8)::money", .money, "-$1,234,567.80", json: #""-1234567.80""#, text: "-1234567.80"),
        .init("0::money", .money, "$0.00", json: #""0.00""#, text: "0.00"),
        .init("'-0.01'::money", .money, "-$0.01", json: #""-0.01""#, text: "-0.01"),
        .init(
            "'-92233720368547758.08'::money", .money, "-$92,233,720,368,547,758.08",
            json: #""-92233720368547758.08""#, text: "-92233720368547758.08"),
        .init(
            #"E'a "quoted" \\ line\nand\ttab'"#, .text, "a \"quoted\" \\ line\nand\ttab",
            json: #""a \"quoted\" \\ line\nand\ttab""#),
        .init("''", .text, "", json: #""""#),
        .init("chr(128512) || chr(233) || chr(8364)", .text, "😀é€", json: #""😀é€""#),
        .init("E'\\x01\\x1f\\x7f'", .text, "\u{01}\u{1f}\u{7f}", json: "\"\\u0001\\u001f\u{7f}\""),
        .init("'ab'::char(5)::varchar || '|'", .text, "ab|", json: #""ab|""#),
        .init("'\\xdeadbeef'::bytea", .bytes, "\\xdeadbeef", json: #""3q2+7w==""#, text: "3q2+7w=="),
        .init("''::bytea", .bytes, "\\x", json: #""""#, text: ""),
        .init("'\\xff'::bytea", .bytes, "\\xff", json: #""/w==""#, text: "/w=="),
        .init("'\\xfbff'::bytea", .bytes, "\\xfbff", json: #""+/8=""#, text: "+/8="),
        .init(
            "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", .uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            json: #""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#),
        .init(
            #"'{"b": 1e400, "a":[1,null], "b" : "\u0000\n"}'::json"#, .json,
            #"{"b": 1e400, "a":[1,null], "b" : "\u0000\n"}"#, json: #"{"b": 1e400, "a":[1,null], "b" : "\u0000\n"}"#),
        .init("E'{\\n\\t\"a\\\\\"\" :\\r\\n1}'::json", .json, "{\n\t\"a\\\"\" :\r\n1}", json: #"{  "a\"" :  1}"#),
        .init("'null'::jsonb", .json, "null", json: "null"),
        .init(#"'{"b":2.50,"a":"é"}'::jsonb"#, .json, #"{"a": "é", "b": 2.50}"#, json: #"{"a": "é", "b": 2.50}"#),
        .init("b'1'", .bits, "1", json: #""1""#),
        .init("'0101'::varbit", .bits, "0101", json: #""0101""#),
        .init("''::varbit", .bits, "", json: #""""#),
        .init("'::1/64'::inet", .network, "::1/64", json: #""::1/64""#),
        .init("'10.0.0.0/8'::cidr", .network, "10.0.0.0/8", json: #""10.0.0.0/8""#),
        .init("'08:00:2b:01:02:03'::macaddr", .network, "08:00:2b:01:02:03", json: #""08:00:2b:01:02:03""#),
        .init(
            "'08:00:2b:01:02:03:04:05'::macaddr8", .network, "08:00:2b:01:02:03:04:05",
            json: #""08:00:2b:01:02:03:04:05""#),
        .init("'(1,2)'::point", .other, "(1,2)", json: #""(1,2)""#),
        .init("'16/B374D848'::pg_lsn", .other, "16/B374D848", json: #""16/B374D848""#),
        .init("'a ''b'':1'::tsvector", .other, "'a' 'b':1", json: #""'a' 'b':1""#),
        .init("'<a>&amp;</a>'::xml", .other, "<a>&amp;</a>", json: #""<a>&amp;</a>""#),
        .init("'1 2 3'::int2vector", .other, "1 2 3", json: #""1 2 3""#),
    ]

    static let temporals: [CapturedCell] = [
        .init("'2026-01-02'::date", .date, "2026-01-02", json: #""2026-01-02""#),
        .init("'infinity'::date", .date, "infinity", json: #""infinity""#),
        .init("'-infinity'::date", .date, "-infinity", json: #""-infinity""#),
        .init("'0044-03-15 BC'::date", .date, "0044-03-15 BC", json: #""-000043-03-15""#, text: "-000043-03-15"),
        .init("'0001-12-31 BC'::date", .date, "0001-12-31 BC", json: #""-000000-12-31""#, text: "-000000-12-31"),
        .init("'0001-01-01'::date", .date, "0001-01-01", json: #""0001-01-01""#),
        .init("'9999-12-31'::date", .date, "9999-12-31", json: #""9999-12-31""#),
        .init("'10000-01-01'::date", .date, "10000-01-01", json: #""+010000-01-01""#, text: "+010000-01-01"),
        .init("'5874897-12-31'::date", .date, "5874897-12-31", json: #""+5874897-12-31""#, text: "+5874897-12-31"),
        .init("'4713-01-01 BC'::date", .date, "4713-01-01 BC", json: #""-004712-01-01""#, text: "-004712-01-01"),
        .init("'1500-02-28'::date + 1", .date, "1500-03-01", json: #""1500-03-01""#),
        .init("'00:00'::time", .time, "00:00:00", json: #""00:00:00""#),
        .init("'24:00'::time", .time, "24:00:00", json: #""24:00:00""#),
        .init("'23:59:59.999999'::time", .time, "23:59:59.999999", json: #""23:59:59.999999""#),
        .init(
            "'24:00+15:59'::timetz", .timeWithZone, "24:00:00+15:59", json: #""24:00:00+15:59""#,
            text: "24:00:00+15:59"),
        .init(
            "'03:04:05.6-15:59:59'::timetz", .timeWithZone, "03:04:05.6-15:59:59",
            json: #""03:04:05.6-15:59:59""#),
        .init("'03:04+02'::timetz", .timeWithZone, "03:04:00+02", json: #""03:04:00+02:00""#, text: "03:04:00+02:00"),
        .init("'03:04+00'::timetz", .timeWithZone, "03:04:00+00", json: #""03:04:00Z""#, text: "03:04:00Z"),
        .init("'infinity'::timestamp", .timestamp, "infinity", json: #""infinity""#),
        .init("'-infinity'::timestamptz", .timestampWithZone, "-infinity", json: #""-infinity""#),
        .init(
            "'2026-01-02 03:04:05.678901'::timestamp", .timestamp, "2026-01-02 03:04:05.678901",
            json: #""2026-01-02T03:04:05.678901""#, text: "2026-01-02T03:04:05.678901"),
        .init(
            "'2026-01-02 03:04:05.5+02'::timestamptz", .timestampWithZone, "2026-01-02 01:04:05.5+00",
            json: #""2026-01-02T01:04:05.5Z""#, text: "2026-01-02T01:04:05.5Z"),
        .init(
            "'0044-03-15 12:00:00.5 BC'::timestamp", .timestamp, "0044-03-15 12:00:00.5 BC",
            json: #""-000043-03-15T12:00:00.5""#, text: "-000043-03-15T12:00:00.5"),
        .init(
            "'0044-03-15 12:00 BC'::timestamptz", .timestampWithZone, "0044-03-15 12:00:00+00 BC",
            json: #""-000043-03-15T12:00:00Z""#, text: "-000043-03-15T12:00:00Z"),
        .init(
            "'294276-12-31 23:59:59.999999'::timestamp", .timestamp, "294276-12-31 23:59:59.999999",
            json: #""+294276-12-31T23:59:59.999999""#, text: "+294276-12-31T23:59:59.999999"),
        .init(
            "'4713-01-01 BC'::timestamp", .timestamp, "4713-01-01 00:00:00 BC", json: #""-004712-01-01T00:00:00""#,
            text: "-004712-01-01T00:00:00"),
        .init(
            "'1 year 2 mons -3 days +4:05:06.7'::interval", .interval, "P1Y2M-3DT4H5M6.7S",
            json: #""P1Y2M-3DT4H5M6.7S""#),
        .init("'-1 mon 0.5 sec'::interval", .interval, "P-1MT0.5S", json: #""P-1MT0.5S""#),
        .init("'0'::interval", .interval, "PT0S", json: #""PT0S""#),
        .init("'-0.5 sec'::interval", .interval, "PT-0.5S", json: #""PT-0.5S""#),
        .init("'178000000 years'::interval", .interval, "P178000000Y", json: #""P178000000Y""#),
        .init("'-14 mons'::interval", .interval, "P-1Y-2M", json: #""P-1Y-2M""#),
        .init(
            "'2562047788:00:54.775807'::interval", .interval, "PT2562047788H54.775807S",
            json: #""PT2562047788H54.775807S""#),
    ]
}

import Change

/// A column of each type, with its special values as SQL literals; null is added to each.
struct TypeMatrix {
    var sqlType: String
    var meaning: DataType
    var values: [String]

    init(_ sqlType: String, _ meaning: DataType, _ values: String...) {
        self.sqlType = sqlType
        self.meaning = meaning
        self.values = values
    }

    static let schema = """
        CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree;
        CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'h"appy');
        CREATE DOMAIN price AS numeric(12,3) CHECK (value >= 0);
        CREATE DOMAIN discount AS price NOT NULL DEFAULT 0;
        CREATE DOMAIN numbers AS int4[];
        CREATE TYPE inner_pair AS (x int4, "odd ""name" text);
        CREATE TYPE pair AS (a inner_pair, moods mood[], p price, t timestamptz(3));
        ALTER TYPE pair ADD ATTRIBUTE gone int4; ALTER TYPE pair DROP ATTRIBUTE gone;
        CREATE TYPE textrange AS RANGE (subtype = text);
        CREATE SCHEMA "Odd schema"; CREATE TYPE "Odd schema"."Odd type" AS ENUM ('one');
        """

    static let pairMeaning: DataType = .composite(fields: [
        .init(
            name: "a",
            type: .composite(fields: [.init(name: "x", type: .int32), .init(name: "odd \"name", type: .text)])),
        .init(name: "moods", type: .array(of: moodMeaning)),
        .init(name: "p", type: .decimal(precision: 12, scale: 3)),
        .init(name: "t", type: .timestampWithZone),
    ])
    static let moodMeaning: DataType = .enumeration(labels: ["sad", "it's ok", "h\"appy"])

    static let all: [TypeMatrix] = [
        .init("boolean", .boolean, "true", "false"),
        .init("smallint", .int16, "-32768", "32767"),
        .init("integer", .int32, "-2147483648", "2147483647"),
        .init("bigint", .int64, "-9223372036854775808", "9223372036854775807"),
        .init("real", .float32, "'NaN'", "'-Infinity'", "'-0'", "1e-45", "3.4028235e38", "0.1"),
        .init("double precision", .float64, "'NaN'", "'Infinity'", "'-0'", "5e-324", "0.1::float8 + 0.2::float8"),
        .init(
            "numeric", .decimal(precision: nil, scale: nil), "'NaN'", "'Infinity'", "'-Infinity'", "1.0", "1.00",
            "1e400", "-0.000000000000000000000000000001", "(repeat('9', 131072) || '.5')::numeric"),
        .init("numeric(10,2)", .decimal(precision: 10, scale: 2), "12345678.9", "-0.01", "'NaN'"),
        .init("numeric(3,0)", .decimal(precision: 3, scale: 0), "999"),
        .init("money", .money, "'-92233720368547758.08'", "1.5"),
        .init("text", .text, "''", "E'tab\\there\\nnewline\\\\ back'", "'\\N'", "U&'\\+01F600 é'", "repeat('x', 9000)"),
        .init("varchar(8)", .text, "'eight ch'", "''"),
        .init("varchar", .text, "'any'"),
        .init("char(5)", .text, "'ab'", "''"),
        .init("bpchar", .text, "'ab  '"),
        .init("\"char\"", .text, "'x'", "''"),
        .init("name", .text, "'a name'"),
        .init("bytea", .bytes, "''", "'\\x00ff5c'", "decode(repeat('ab', 5000), 'hex')"),
        .init("date", .date, "'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'", "'1582-10-10'"),
        .init("time", .time, "'00:00'", "'24:00:00'", "'23:59:59.999999'"),
        .init("time(2)", .time, "'12:34:56.789'"),
        .init("timetz", .timeWithZone, "'24:00:00+15:59'", "'00:00:00.000001-15:59:59'"),
        .init("timetz(0)", .timeWithZone, "'01:02:03.4+00'"),
        .init(
            "timestamp", .timestamp, "'infinity'", "'-infinity'", "'4713-01-01 00:00:00 BC'",
            "'294276-12-31 23:59:59.999999'", "'2024-02-29 12:00:00.5'"),
        .init("timestamp(3)", .timestamp, "'2024-02-29 12:00:00.5678'"),
        .init(
            "timestamptz", .timestampWithZone, "'infinity'", "'-infinity'", "'4713-01-02 00:00:00+00 BC'",
            "'294276-12-31 23:59:59.999999+00'", "'2024-02-29 12:00:00+05:30'"),
        .init(
            "interval", .interval, "'0'", "'1 year -2 mons 3 days -04:05:06.789'", "'-178000000 years'",
            "'1 day -1 microsecond'"),
        .init("interval day to second(3)", .interval, "'1 day 02:03:04.5678'"),
        .init("interval year to month", .interval, "'14 months'"),
        .init("interval(2)", .interval, "'1.239 seconds'"),
        .init("uuid", .uuid, "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"),
        .init("json", .json, "'null'", "'{\"b\": 1e400, \"a\":2, \"b\":\"\\u0000\"}'"),
        .init("jsonb", .json, "'null'", "'{\"b\": 1e400, \"a\":2, \"b\":3.00}'", "'\"x\"'"),
        .init("xml", .other, "'<a>b</a>'"),
        .init("bit(1)", .bits, "B'1'"),
        .init("bit(5)", .bits, "B'10110'"),
        .init("varbit(7)", .bits, "B''", "B'1'"),
        .init("varbit", .bits, "B'101010101'"),
        .init("inet", .network, "'10.0.0.1'", "'10.0.0.1/8'", "'::1/64'"),
        .init("cidr", .network, "'10.0.0.0/8'", "'2001:db8::/32'"),
        .init("macaddr", .network, "'08:00:2b:01:02:03'"),
        .init("macaddr8", .network, "'08:00:2b:01:02:03:04:05'"),
        .init("point", .other, "'(1.5,-2)'"),
        .init("polygon", .other, "'((0,0),(1,1),(1,0))'"),
        .init("tsvector", .other, "'a:1 fat:2 cat:3'"),
        .init("tsquery", .other, "'fat & (rat | cat)'"),
        .init("pg_lsn", .other, "'16/B374D848'"),
        .init("oid", .uint32, "4294967295"),
        .init("regclass", .other, "'pg_class'", "0"),
        .init("xid", .uint32, "'4294967295'"),
        .init("xid8", .uint64, "'18446744073709551615'"),
        .init("tid", .other, "'(0,1)'"),
        .init("int2vector", .other, "'1 2 3'"),
        .init("jsonpath", .other, "'$.a[*] ? (@ > 1)'"),
        .init(
            "integer[]", .array(of: .int32), "'{}'", "'{1,NULL,3}'", "'[0:2]={1,2,3}'", "'{{1,2},{3,4}}'"),
        .init(
            "text[]", .array(of: .text), "ARRAY['a,b', 'say \"hi\"', 'back\\slash', 'NULL', NULL, '', 'né']"),
        .init("box[]", .other, "'{(1,1),(0,0);(3,3),(2,2)}'"),
        .init("numeric(6,2)[]", .array(of: .decimal(precision: 6, scale: 2)), "'{1.005,NaN}'"),
        .init("varchar(3)[]", .array(of: .text), "'{abc}'"),
        .init("mood", moodMeaning, "'it''s ok'", "'h\"appy'"),
        .init("mood[]", .array(of: moodMeaning), "ARRAY['sad', 'h\"appy']::mood[]"),
        .init("\"Odd schema\".\"Odd type\"", .enumeration(labels: ["one"]), "'one'"),
        .init("price", .decimal(precision: 12, scale: 3), "1.5"),
        .init("price[]", .array(of: .decimal(precision: 12, scale: 3)), "'{1,2.5}'"),
        .init("numbers", .array(of: .int32), "'{1,2}'"),
        .init(
            "pair", pairMeaning,
            "ROW(ROW(1, 'a \"quoted\", \\value'), '{sad}', 1, '2024-02-29 00:00:00+00')::pair",
            "ROW(NULL, NULL, NULL, NULL)::pair"),
        .init("pair[]", .array(of: pairMeaning), "ARRAY[ROW(ROW(1, ''), NULL, 0, NULL)::pair, NULL]"),
        .init("int4range", .range(of: .int32), "'empty'", "'[1,5]'", "'(,5)'", "'(,)'"),
        .init(
            "tstzrange", .range(of: .timestampWithZone), "'[2024-01-01 00:00:00+02, infinity]'", "'(-infinity,)'"),
        .init("numrange", .range(of: .decimal(precision: nil, scale: nil)), "'[1.50,NaN)'"),
        .init("textrange", .range(of: .text), "'[\"a,b\",\"c\"\"d\"]'"),
        .init("int4multirange", .multirange(of: .int32), "'{}'", "'{[1,3),[7,9)}'"),
        .init("textmultirange", .multirange(of: .text), "'{[a,b],[\"x,y\",z]}'"),
        .init("tstzrange[]", .array(of: .range(of: .timestampWithZone)), "ARRAY['empty'::tstzrange, NULL]"),
        .init("hstore", .other, "'a=>1, b=>NULL, \"c=>d\"=>\"x\\\"y\"'"),
        .init("citext", .text, "'Case'"),
        .init("ltree", .other, "'Top.Science.Astronomy'"),
        .init("citext[]", .array(of: .text), "'{A,b}'"),
    ]
}

import Foundation
import Testing

/// A value read by a query of the audit is the one that came by COPY or by the stream and that is read back from each sink,
/// whatever its type.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["MILLRACE_LAB"] != nil), .timeLimit(.minutes(3)))
struct TypeAuditTests {
    /// Types, and values of each that are easily told wrong.
    private static let types: [(type: String, values: [String])] = [
        ("boolean", ["true", "false"]), ("smallint", ["-32768", "0"]), ("integer", ["2147483647", "-1"]),
        ("bigint", ["9223372036854775807", "-9007199254740993"]),
        ("numeric", ["123456789012345678901234567890.000100", "-0.10", "1e-30"]),
        ("numeric(12,4)", ["1.5000", "-0.0001"]),
        ("real", ["3.4028235e38", "1e-45", "-0"]), ("double precision", ["1.7976931348623157e308", "5e-324", "0.1"]),
        ("text", ["'naïve 🦀 \"quoted\"'", "''", "E'tab\\tline\\n'"]), ("varchar(9)", ["'a  '", "'null'"]),
        ("char(4)", ["'ab'", "'    '"]), ("bytea", ["'\\x00ff'", "''"]),
        ("uuid", ["'00000000-0000-0000-0000-0000000000ff'"]),
        ("date", ["'2024-02-29'", "'0001-01-01'"]), ("time", ["'23:59:59.999999'", "'24:00:00'"]),
        ("timetz", ["'12:00:00.1+05:30'"]), ("timestamp", ["'2026-01-01 00:00:00.000001'", "'0044-03-15 10:00:00'"]),
        ("timestamptz", ["'2026-06-01 12:00:00.5+02'", "'1969-12-31 23:59:59.999999+00'"]),
        ("interval", ["'1 year -2 days 03:04:05.6'", "'-00:00:00.000001'"]),
        ("json", [#"'{"b": 1,  "a": [1.0, null]}'"#]), ("jsonb", [#"'{"b": 1,  "a": [1.0, null]}'"#, "'\"text\"'"]),
        ("inet", ["'10.0.0.1/24'"]), ("macaddr", ["'08:00:2b:01:02:03'"]), ("money", ["'-12.34'"]),
        ("bit(5)", ["B'10110'"]),
        ("point", ["'(1.5,-2)'"]), ("int4range", ["'[1,5)'", "'empty'"]), ("xml", ["'<a b=\"c\">d</a>'"]),
        ("integer[]", ["'{1,NULL,-3}'", "'{}'"]), ("text[]", [#"'{"a,b","NULL",NULL,"{}"}'"#]),
        ("numeric[]", ["'{1.10,2}'"]),
    ]

    @Test func everyTypeAgreesByQueryCopyAndStream() async throws {
        let columns = Self.types.indices.map { "c\($0) \(Self.types[$0].type)" }.joined(separator: ", ")
        let yard = try await Yard(name: "types", tables: "CREATE TABLE items (id bigint PRIMARY KEY, \(columns))")
        let index = try #require(ProcessInfo.processInfo.environment["SHOP_ELASTICSEARCH"]) + "/types-yard"
        try await Command.run("curl", ["-sS", "-X", "DELETE", index])
        let inserts = (0..<4).map { number in
            "INSERT INTO items VALUES (\(number), "
                + Self.types.map { number == 3 ? "NULL" : $0.values[number % $0.values.count] }.joined(separator: ", ")
                + ")"
        }
        try await yard.sql(inserts.joined(separator: ";"))
        try yard.write(
            """
                tables: [public.items]
            sinks:
              - redis:
                  url: ${YARD_REDIS}
                  write:
                    - from: public.items
                      hash: "types-yard:row:{id}"
                    - from: public.items
                      name: texts
                      json: "types-yard:text:{id}"
              - elasticsearch:
                  url: ${SHOP_ELASTICSEARCH}
                  write:
                    - from: public.items
                      index: types-yard
                      id: "{id}"
            """)
        let process = try yard.start()
        try await yard.waitUntilCaughtUp()
        // The same by the stream: inserts, and updates of what the load brought.
        try await yard.sql(
            "INSERT INTO items SELECT id + 10, \(Self.types.indices.map { "c\($0)" }.joined(separator: ", ")) FROM items"
        )
        try await yard.sql("UPDATE items SET c0 = NOT c0 WHERE id < 2")
        try await yard.waitUntilCaughtUp()
        let (status, audit) = try await yard.millrace("audit", "types-yard")
        #expect(status == 0 && audit.contains("everything agrees; 24 rows compared"), "\(audit)")
        #expect(await process.end(with: SIGTERM) == 0, "\(process.output)")
        try await Command.run("curl", ["-sS", "-X", "DELETE", index])
        try await yard.remove()
    }
}

import Change
import Testing

@testable import Transforms

@Suite struct ComputationTests {
    @Test(
        arguments: [
            ("total * 2", "39.80"), ("total + 0.1", "20.00"), ("total - 20", "-0.10"),
            ("total / 3", "6.6333333333333333"),
            ("id / 4", "10.5"), ("10 / 4", "2.5"), ("id % 5", "2"), ("-id % 5", "-2"), ("-id", "-42"), ("+id", "42"),
            ("2 + 3 * 4", "14"), ("(2 + 3) * 4", "20"), ("10 - 4 - 3", "3"), ("1e3 + 1", "1001"), ("1.5e-3", "0.0015"),
            ("0.1 + 0.2", "0.3"), ("total * ratio", "9.95"), ("round(total)", "20"), ("round(total, 1)", "19.9"),
            ("round(-2.5)", "-3"), ("round(2.345, 2)", "2.35"), ("floor(-1.5)", "-2"), ("ceil(1.2)", "2"),
            ("floor(total)", "19"), ("abs(-3)", "3"), ("abs(ratio)", "0.5"), ("big", "18446744073709551615"),
            ("status || '-' || id", "active-42"), ("id || ''", "42"), ("concat(status, null, id)", "active42"),
            ("lower('ÄÖ')", "äö"), ("upper(status)", "ACTIVE"), ("trim('  x ')", "x"), ("ltrim('  x ')", "x "),
            ("rtrim('  x ')", "  x"), ("length('häß')", "3"), ("substring(status, 2, 3)", "cti"),
            ("substring(status, 3)", "tive"), ("substring(status, 0, 3)", "ac"), ("substring('häß', 2, 1)", "ä"),
            ("left(status, 3)", "act"), ("left(status, -2)", "acti"), ("right(status, 2)", "ve"),
            ("right(status, -2)", "tive"), ("left(status, 0)", ""), ("left(status, 99)", "active"),
            ("replace(status, 't', 'TT')", "acTTive"), ("starts_with(status, 'act')", "t"),
            ("ends_with(status, 'act')", "f"),
            ("coalesce(null, total, 1)", "19.90"), ("nullif(status, 'active')", nil), ("nullif(status, 'x')", "active"),
            ("greatest(id, 50, null)", "50"), ("least(id, 50)", "42"),
            ("case when is_paid then 'paid' else 'open' end", "paid"),
            ("case id when 1 then 'one' when 42 then 'many' end", "many"), ("case id when 1 then 'one' end", nil),
            ("epoch_ms(created_at)", "1769867100250"), ("epoch_s(day)", "1769817600"),
            ("epoch_us(seen_at)", "1769867100000000"),
            ("epoch_s('1969-12-31 23:59:59.5'::timestamp)", "-1"), ("created_at::date", "2026-01-31"),
            ("created_at::time", "13:45:00.25"), ("day::timestamp", "2026-01-31 00:00:00"), ("day::text", "2026-01-31"),
            ("created_at::text", "2026-01-31T13:45:00.25"), ("seen_at", "2026-01-31 13:45:00+00"),
            ("seen_at::timestamp", "2026-01-31 13:45:00"), ("created_at::timestamptz", "2026-01-31 13:45:00.25+00"),
            ("timestamp '0044-03-15 01:02:03 BC'::timestamptz", "0044-03-15 01:02:03+00 BC"),
            ("is_paid::text", "true"), ("is_paid", "t"), ("is_paid::integer", "1"), ("total::integer", "20"),
            ("ratio::decimal", "0.5"), ("id::double", "42"), ("' 7 '::integer", "7"), ("'t'::boolean", "t"),
            ("data->'a'", #"{"b": [1, "zwei", null]}"#), ("data->>'a'", #"{"b": [1, "zwei", null]}"#),
            ("data->>'n'", "5"), ("data->'z'", "null"), ("data->'n'->'x'", nil), ("pause", "P1D"),
            ("pause::text", "P1D"),
            ("mood", "ok"), ("mood || '!'", "ok!"), ("code", "ab   "), ("code || '!'", "ab!"), ("null", nil),
            ("true", "t"),
            ("{status}/{id}", "active/42"), ("{is_paid} at {created_at}", "true at 2026-01-31T13:45:00.25"),
            ("{{{status}}}", "{active}"), ("it's {id}", "it's 42"), ("'{' || id || '}'", "{42}"),
            ("{odd \"name\"}", "x"),
            ("total > 1", "t"), ("status = 'x' or null", nil),
        ] as [(String, String?)])
    func expressionsHaveTheirValue(expression: String, expected: String?) throws {
        #expect(try Orders.compute(expression) == expected)
    }

    @Test(arguments: [
        ("id * 1000000000000000000", "compute result: a result does not fit the type integer"),
        ("total / (id - 42)", "compute result: division by zero"),
        ("epoch_ms(created_at)", "compute result: a result does not fit the type integer"),
        ("status::date", "compute result: a text is not of the type date"),
        ("total * 1e37 * 10", "compute result: a number has more than 38 digits"),
    ])
    func aValueThatCannotBeIsAnErrorWithoutTheRow(expression: String, reason: String) throws {
        let transform = try Orders.transform(compute: ["result": expression])
        do {
            _ = try transform.extended(Orders.row(["created_at": "infinity"]))
            Issue.record("there was a value")
        } catch {
            #expect("\(error)" == reason)
        }
    }

    @Test func nullMakesNull() throws {
        for expression in ["total + 1", "status || 'x'", "{status}-{id}", "lower(status)", "round(total)", "-total"] {
            #expect(try Orders.compute(expression, ["status": nil, "total": nil]) == nil)
        }
    }

    @Test func computedColumnsHaveTheTypeOfTheirExpression() throws {
        let transform = try Orders.transform(compute: [
            "a": "id + 1", "b": "total * 2", "c": "ratio", "d": "status || ''", "e": "created_at::date", "f": "is_paid",
            "g": "pause", "h": "coalesce(mood, 'ok')", "i": "id / 2",
        ])
        let types = transform.schema.columns.suffix(9).map(\.type)
        #expect(
            types == [
                .int64, .decimal(precision: nil, scale: nil), .float64, .text, .date, .boolean, .interval,
                .enumeration(labels: ["sad", "ok", "happy"]), .decimal(precision: nil, scale: nil),
            ])
    }

    @Test func longNumbersPassThroughUnharmed() throws {
        let long = "-" + String(repeating: "1234567890", count: 30) + ".5"
        #expect(try Orders.compute("coalesce(total, 0)", ["total": long]) == long)
        #expect(try Orders.compute("-total", ["total": long]) == String(long.dropFirst()))
        #expect(try Orders.compute("total::text", ["total": long]) == long)
    }
}

import Connector
import Testing

@testable import Transforms

@Suite struct ConditionFaultTests {
    @Test(arguments: [
        ("", "0: the expression is empty"),
        ("statsu = 'x'", "0: the table public.orders has no column statsu (did you mean status?)"),
        ("id = 1 and totl > 2", "11: the table public.orders has no column totl (did you mean total?)"),
        ("status == 'x'", "7: == is not a sign here (write =)"),
        ("status = 'x", "9: the text that begins here is not closed"),
        ("status = \"x", "9: the name that begins here is not closed"),
        ("status = 'x' && id = 1", "13: the character & has no meaning here (write and)"),
        ("status = 'x' adn id = 1", "13: expected an operator or the end, found adn (did you mean and?)"),
        ("status =", "8: expected a value, found the end"),
        ("(status = 'x'", "13: expected ), found the end"),
        ("status = 'x')", "12: expected an operator or the end, found )"),
        ("id = 'x'", "5: this text is not of the type integer (write a number without quotes)"),
        ("id = status", "5: integer and text do not go together (cast one of them: ::text, or ::integer)"),
        ("created_at > '2026-13-01'", "13: this text is not of the type timestamp (write '2026-01-31 13:45:00')"),
        ("day = '2026-02-30'", "6: this text is not of the type date (write '2026-01-31')"),
        (
            "created_at = seen_at",
            "13: timestamp and timestamptz do not go together (cast one: ::timestamp or ::timestamptz, both in UTC)"
        ),
        ("status = null", "7: a comparison with null is never true (write is null)"),
        ("status <> null", "7: a comparison with null is never true (write is not null)"),
        ("id in (1, null)", "10: null is never in a list (add: or … is null)"),
        ("id", "0: a condition is wanted here, and this is integer (compare it with something)"),
        ("id = 1 and status", "11: a condition is wanted here, and this is text (compare it with something)"),
        ("mood = 'hapy'", "7: the enumeration has no label hapy (did you mean happy?)"),
        ("mood < 'ok'", "5: values of the type enumeration have no order here (use = or in)"),
        ("pause = 'P1D'", "8: values of the type interval are not compared (compare their text: column::text)"),
        ("data = data", "5: values of the type json are not compared (compare a member: column->>'name')"),
        ("lowr(status) = 'x'", "0: there is no function lowr (did you mean lower?)"),
        ("lower(id) = 'x'", "6: lower takes a text, and this is integer (cast it: ::text)"),
        ("lower(status, 1) = 'x'", "0: lower takes 1 argument, not 2"),
        (
            "status + 1 > 2",
            "0: arithmetic takes a number, and this is text (cast it: ::integer or ::decimal; texts join by ||)"
        ),
        (
            "created_at > now()",
            "13: an expression depends on its row alone, and now does not (a row would change without a change of the source; use a ttl or a column)"
        ),
        ("1 < id < 5", "7: comparisons do not chain (join them by and)"),
        ("id = 1 / 0", "7: division by zero"),
        ("status like lower('x')", "12: the pattern is a text in single quotes"),
        ("status like 'x\\'", "12: the pattern ends with its escape character (double it)"),
        ("status is", "9: expected null, missing, true, false or distinct from, found the end"),
        (
            "status::money = 'x'",
            "8: expected a type, found money (valid here: text, boolean, integer, decimal, double, date, time, timestamp, timestamptz, uuid, json)"
        ),
        ("is_paid::date = day", "7: boolean does not cast to date"),
        ("status->>'a' = 'x'", "6: members are those of json, and this is text (cast it: ::json)"),
        ("from = 3", "0: expected a value, found from (put the name of a column that is called from in \"quotes\")"),
        (
            "{id} = 3",
            "0: the character { has no meaning here (a template stands alone; in an expression, name the column without braces)"
        ),
        ("id = 3;", "6: the character ; has no meaning here (an expression is one only; leave out the semicolon)"),
        ("id = 3x", "6: a number ends where another sign begins (put names that begin with digits in \"quotes\")"),
        (
            "status = ‘x’",
            "9: the character ‘ has no meaning here (write 'text' in straight quotes and \"names\" in double ones)"
        ),
        (
            "ä = 'ö' or ü > 1",
            "0: the table public.orders has no column ä (valid here: id, status, total, ratio, is_paid, created_at, seen_at, day, code, data, token, mood, odd \"name\", pause, opening, big, blob, from)"
        ),
        ("status = 'äöü' and totl = 1", "19: the table public.orders has no column totl (did you mean total?)"),
    ])
    func everyMistakeHasItsPlaceAndItsHint(condition: String, fault: String) {
        #expect(Orders.fault(condition) == fault)
    }

    @Test func bothSidesOfAndAreSaidAtOnce() {
        do {
            _ = try Orders.transform(where: "statsu = 'x' and (id = 'y' or totl > 2) and day = 1")
            Issue.record("the condition was taken")
        } catch {
            #expect(error.diagnostics.map { ($0.location?.column ?? 0) - 5 } == [0, 23, 30, 50])
        }
    }

    @Test func depthAndLengthAreCapped() {
        let deep = String(repeating: "(", count: 5_000) + "true" + String(repeating: ")", count: 5_000)
        #expect(Orders.fault(deep)?.contains("characters") == true)
        let nested = String(repeating: "(", count: 500) + "true" + String(repeating: ")", count: 500)
        #expect(Orders.fault(nested)?.contains("levels deep") == true)
        #expect(Orders.fault(String(repeating: "not ", count: 500) + "true")?.contains("levels deep") == true)
        #expect(Orders.fault("1 = " + String(repeating: "-", count: 500) + "1")?.contains("levels deep") == true)
        #expect(Orders.fault("id" + String(repeating: "::text", count: 100) + " = 'x'")?.contains("in a row") == true)
        let wide = (0..<600).map { "id=\($0)" }.joined(separator: " or ")
        #expect(Orders.fault(wide) == nil)
        #expect(Orders.fault("status like '\(String(repeating: "a", count: 300))'")?.contains("256") == true)
    }

    @Test func whatComesOutOfTheEnvironmentIsNotQuoted() {
        let text = LocatedText(
            "status = s3cret oops", at: Orders.place,
            runs: [
                .init(offset: 0, line: 10, column: 5), .init(offset: 9, line: 10, column: 14, isFromEnvironment: true),
            ])
        do {
            _ = try CompiledTransform(spec: TransformSpec(filter: text), schema: Orders.schema)
            Issue.record("the expression was taken")
        } catch {
            #expect(!"\(error)".contains("s3cret") && !"\(error)".contains("oops"))
            #expect(error.diagnostics.first?.location?.column == 14)
        }
    }
}

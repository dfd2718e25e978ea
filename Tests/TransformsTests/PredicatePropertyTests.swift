import Randomness
import Change
import Testing

@testable import Transforms

/// The fast form of conditions against their general form, which walks the tree and decodes every cell.
@Suite struct PredicatePropertyTests {
    private let cells: [(String, [String?])] = [
        ("id", ["0", "-1", "42", "9223372036854775807", "-9223372036854775808", nil]),
        ("big", ["0", "18446744073709551615", nil]),
        ("status", ["", "active", "ACTIVE", "a%b", "ä", "actively", nil]),
        ("code", ["ab   ", "     ", "abcde", nil]),
        ("total", ["19.90", "-0.01", "NaN", "Infinity", "123456789012345678901234567890123456789012.5", nil]),
        ("ratio", ["0.5", "NaN", "-Infinity", "1e300", nil]),
        ("is_paid", ["t", "f", nil]),
        ("created_at", ["2026-01-31 13:45:00.25", "infinity", "-infinity", "0044-03-15 00:00:00 BC", nil]),
        ("mood", ["sad", "ok", nil]),
    ]

    private let atoms = [
        "id = 42", "id <> 42", "id < 9223372036854775807", "id >= -9223372036854775808", "42 > id", "id > 0.5",
        "big > 5", "big = 18446744073709551615", "status = 'active'", "status <> 'active'", "status < 'b'",
        "'b' <= status",
        "status in ('active', 'ä')", "status not in ('active', '')", "status like 'act%'", "status not like '%v_'",
        "status ilike 'active'", "code = 'ab'", "code = ''", "code in ('ab', 'x')", "code like 'ab'", "total > 19.9",
        "total = 'NaN'::decimal", "total < 1e30", "ratio < 1", "ratio = 'NaN'::double", "is_paid", "is_paid = false",
        "is_paid is not true", "created_at > '2026-01-01'", "created_at <= '0001-01-01'", "created_at = 'infinity'",
        "mood = 'ok'", "mood in ('sad')", "status is null", "id is not null", "true", "null",
        "status is distinct from 'ä'",
        "id in (1, 42)", "id between 0 and 42",
    ]

    private func condition(_ random: inout SeededNumbers, depth: Int) -> String {
        guard depth > 0 else { return random.pick(atoms) }
        let left = condition(&random, depth: depth - 1)
        let right = condition(&random, depth: depth - 1)
        return random.pick(["(\(left) and \(right))", "(\(left) or \(right))", "not (\(left))", left])
    }

    @Test func theFastFormDecidesAsTheGeneralOne() throws {
        var random = SeededNumbers(seed: 31)
        let checker = ExpressionChecker(schema: Orders.schema)
        for _ in 0..<4_000 {
            let text = condition(&random, depth: random.below(4))
            let checked = try checker.checkCondition(try ExpressionParser.parse(text))
            let predicate = Predicate(checked.program)
            for _ in 0..<4 {
                var row: [String: String?] = [:]
                for (name, values) in cells { row[name] = .some(random.pick(values)) }
                let shaped = Orders.row(row)
                #expect(try predicate.decide(shaped) == checked.program.evaluate(shaped).truth, "\(text) \(row)")
            }
        }
    }

    /// Three-valued logic by its tables, on nothing but true, false and null.
    @Test func logicFollowsItsTables() throws {
        let values: [(String, Bool?)] = [("true", true), ("false", false), ("null", nil)]
        for (left, a) in values {
            #expect(try truth("not \(left)") == a.map { !$0 })
            for (right, b) in values {
                let both: Bool? = a == false || b == false ? false : a == nil || b == nil ? nil : true
                let either: Bool? = a == true || b == true ? true : a == nil || b == nil ? nil : false
                #expect(try truth("\(left) and \(right)") == both)
                #expect(try truth("\(left) or \(right)") == either)
                let column = ["true": "t", "false": "f"]
                let row = Orders.row(["is_paid": column[left], "odd \"name\"": column[right]])
                let program = "is_paid and \"odd \"\"name\"\"\"::boolean"
                #expect(try truth(program, row) == both)
                #expect(try truth(program.replacing(" and ", with: " or "), row) == either)
            }
        }
    }

    private func truth(_ text: String, _ row: Row = Orders.row()) throws -> Bool? {
        let checked = try ExpressionChecker(schema: Orders.schema).checkCondition(try ExpressionParser.parse(text))
        return try Predicate(checked.program).decide(row)
    }
}

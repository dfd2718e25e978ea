import Randomness
import Testing

@testable import Transforms

@Suite struct ParserPropertyTests {
    /// Any tree that the parser can make.
    private func node(_ random: inout SeededNumbers, depth: Int) -> SyntaxNode {
        func next() -> SyntaxNode { node(&random, depth: depth - 1) }
        guard depth > 0 else {
            let leaves: [SyntaxNode.Kind] = [
                .null, .boolean(true), .number("12.50"), .number("1e-3"), .text("it's \"odd\" ä"), .text(""),
                .column("plain"), .column("od\"d from"), .column("null"),
            ]
            return SyntaxNode(random.pick(leaves), at: 0)
        }
        let negated = random.below(2) == 0
        let kind: SyntaxNode.Kind
        switch random.below(15) {
        case 13: kind = .isMissing(next(), negated: negated)
        case 14:
            // A path into a path is one path.
            let operand = next()
            if case .path = operand.kind { return operand }
            let steps: [SyntaxNode.PathStep] = [
                .field("plain"), .field("od\"d from"), .index(3), .all,
                .filter(SyntaxNode(.not(next()), at: 0)),
            ]
            kind = .path(operand, (0...random.below(3)).map { _ in random.pick(steps) })
        case 0: kind = .negate(next())
        case 1: kind = .not(next())
        case 2, 3, 4: kind = .binary(random.pick(BinaryOperator.allCases), next(), next())
        case 5: kind = .isNull(next(), negated: negated)
        case 6: kind = .isBoolean(next(), random.below(2) == 0, negated: negated)
        case 7: kind = .isIn(next(), (0...random.below(3)).map { _ in next() }, negated: negated)
        case 8:
            let escape = random.below(2) == 0 ? next() : nil
            kind = .like(next(), pattern: next(), escape: escape, ignoresCase: random.below(2) == 0, negated: negated)
        case 9: kind = .between(next(), next(), next(), negated: negated)
        case 10: kind = .call("concat", (0..<random.below(3)).map { _ in next() })
        case 11: kind = .cast(next(), random.pick(CastType.allCases))
        default:
            if negated {
                kind = .member(next(), random.below(2) == 0 ? .name("k'y") : .index(3), asText: random.below(2) == 0)
            } else {
                let cases = (0...random.below(2)).map { _ in SyntaxNode.Case(condition: next(), result: next()) }
                kind = .choice(
                    operand: random.below(2) == 0 ? next() : nil, cases: cases,
                    otherwise: random.below(2) == 0 ? next() : nil)
            }
        }
        return SyntaxNode(kind, at: 0)
    }

    @Test func whatIsPrintedParsesToTheSame() throws {
        var random = SeededNumbers(seed: 11)
        for _ in 0..<3_000 {
            let node = node(&random, depth: random.below(4))
            #expect(try ExpressionParser.parse(node.text) == node, "\(node.text)")
        }
    }

    @Test func precedenceIsThatOfSQL() throws {
        for (loose, strict) in [
            ("a or b and c", "a or (b and c)"), ("not a and b", "(not a) and b"), ("not a = b", "not (a = b)"),
            ("a + b * c", "a + (b * c)"), ("a - b - c", "(a - b) - c"), ("-a * b", "(-a) * b"),
            ("a || b + c", "a || (b + c)"),
            ("a || b = c", "(a || b) = c"), ("-a::integer", "-(a::integer)"), ("a + b > c - d", "(a + b) > (c - d)"),
            ("a between b and c and d", "(a between b and c) and d"), ("a in (b) or c", "(a in (b)) or c"),
            ("a is null and b", "(a is null) and b"), ("a->'b'->>'c' = d", "((a->'b')->>'c') = d"),
            ("not a is null", "not (a is null)"), ("a like b || c", "a like (b || c)"), ("a / b % c", "(a / b) % c"),
            ("NOT a AND b Or c", "((not a) and b) or c"),
            ("a is not distinct from b + c", "a is not distinct from (b + c)"),
        ] {
            #expect(try ExpressionParser.parse(loose) == ExpressionParser.parse(strict), "\(loose)")
        }
    }

    @Test func noTextTraps() {
        var random = SeededNumbers(seed: 5)
        let words = [
            "a", "status", "id", "'x'", "'", "\"", "1", "1.5", "1e", "=", "<>", "<", "(", ")", ",", "::", "->", "->>",
            "||", "|",
            "and", "or", "not", "in", "like", "is", "null", "case", "when", "then", "else", "end", "between", "text",
            "date",
            "{", "}", "%", "-", "+", "*", "/", ".", "\u{0}", "ä", "\u{1F600}", " ", "true", "from", "distinct",
            "escape",
        ]
        for _ in 0..<20_000 {
            let text = (0..<random.below(12)).map { _ in random.pick(words) }.joined(
                separator: random.below(2) == 0 ? " " : "")
            guard let parsed = try? ComputationSyntax.parse(text) else { continue }
            if case .expression(let node) = parsed { #expect((try? ExpressionParser.parse(node.text)) == node) }
            if let transform = try? Orders.transform(compute: ["x": text]) { _ = try? transform.extended(Orders.row()) }
        }
    }
}

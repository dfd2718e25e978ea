extension SyntaxNode {
    /// The expression as text that parses to the same node, with parentheses around every operation.
    var text: String {
        switch kind {
        case .null: "null"
        case .boolean(let flag): flag ? "true" : "false"
        case .number(let digits): digits
        case .text(let text): Self.quoted(text, by: "'")
        case .column(let name): Self.quoted(name, by: "\"")
        case .negate(let operand): "(- \(operand.text))"
        case .not(let operand): "(not \(operand.text))"
        case .binary(let binary, let left, let right): "(\(left.text) \(binary.rawValue) \(right.text))"
        case .path(let operand, let steps): Self.text(of: operand) + steps.map(\.text).joined()
        case .isMissing(let operand, let negated): "(\(operand.text) is\(negated ? " not" : "") missing)"
        case .isNull(let operand, let negated): "(\(operand.text) is\(negated ? " not" : "") null)"
        case .isBoolean(let operand, let flag, let negated): "(\(operand.text) is\(negated ? " not" : "") \(flag))"
        case .isIn(let operand, let elements, let negated):
            "(\(operand.text)\(negated ? " not" : "") in (\(elements.map(\.text).joined(separator: ", "))))"
        case .like(let operand, let pattern, let escape, let ignoresCase, let negated):
            "(\(operand.text)\(negated ? " not" : "") \(ignoresCase ? "ilike" : "like") \(pattern.text)"
                + "\(escape.map { " escape \($0.text)" } ?? ""))"
        case .between(let operand, let low, let high, let negated):
            "(\(operand.text)\(negated ? " not" : "") between \(low.text) and \(high.text))"
        case .call(let name, let arguments): "\(name)(\(arguments.map(\.text).joined(separator: ", ")))"
        case .cast(let operand, let type): "(\(operand.text))::\(type.rawValue)"
        case .member(let operand, let key, let asText): "(\(operand.text))\(asText ? "->>" : "->")\(key.text)"
        case .choice(let operand, let cases, let otherwise):
            "case\(operand.map { " \($0.text)" } ?? "")"
                + cases.map { " when \($0.condition.text) then \($0.result.text)" }.joined()
                + "\(otherwise.map { " else \($0.text)" } ?? "") end"
        }
    }

    /// A column by itself, anything else in parentheses.
    private static func text(of operand: SyntaxNode) -> String {
        if case .column = operand.kind { operand.text } else { "(\(operand.text))" }
    }

    fileprivate static func quoted(_ text: String, by quote: Character) -> String {
        let parts = text.split(separator: quote, omittingEmptySubsequences: false)
        return "\(quote)\(parts.joined(separator: "\(quote)\(quote)"))\(quote)"
    }
}

extension SyntaxNode.PathStep {
    fileprivate var text: String {
        switch self {
        case .field(let name): "." + SyntaxNode.quoted(name, by: "\"")
        case .index(let index): "[\(index)]"
        case .all: "[*]"
        case .filter(let condition): "[\(condition.text)]"
        }
    }
}

extension SyntaxNode.MemberKey {
    fileprivate var text: String {
        switch self {
        case .name(let name): SyntaxNode.quoted(name, by: "'")
        case .index(let index): String(index)
        }
    }
}

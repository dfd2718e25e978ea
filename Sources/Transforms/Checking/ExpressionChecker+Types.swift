internal import Connector

extension ExpressionChecker {
    /// Several expressions brought to one type, and that type.
    func unified(_ nodes: [SyntaxNode]) throws(SyntaxError) -> ([CheckedExpression], ValueType) {
        var checked: [CheckedExpression] = []
        for node in nodes { checked.append(try check(node)) }
        var type = ValueType.unknown
        for (node, expression) in zip(nodes, checked) where !expression.isTextLiteral {
            type = try unified(type, expression.type, at: node.offset)
        }
        if type == .unknown, checked.contains(where: \.isTextLiteral) { type = .text }
        for index in checked.indices {
            checked[index] =
                checked[index].isTextLiteral
                ? try literal(checked[index], as: type, at: nodes[index].offset) : converted(checked[index], to: type)
        }
        return (checked, type)
    }

    private func unified(_ left: ValueType, _ right: ValueType, at offset: Int) throws(SyntaxError) -> ValueType {
        if let type = ValueType.unified(left, right) { return type }
        let hint: String? =
            switch (left, right) {
            case (.timestamp, .timestamp): "cast one: ::timestamp or ::timestamptz, both in UTC"
            case (.text, let other), (let other, .text): "cast one of them: ::text, or ::\(other.castWord)"
            default: "cast one of them: ::text"
            }
        throw SyntaxError("\(left.inWords) and \(right.inWords) do not go together", at: offset, hint: hint)
    }

    /// A text in quotes as a value of a type.
    func literal(
        _ literal: CheckedExpression, as type: ValueType, at offset: Int
    ) throws(SyntaxError) -> CheckedExpression {
        guard case .text(let bytes)? = literal.constant else { return literal }
        switch type {
        case .text, .unknown, .dynamic: return literal
        case .label(let labels):
            let text = String(decoding: bytes, as: UTF8.self)
            guard labels.isEmpty || labels.contains(text) else {
                throw SyntaxError(
                    "the enumeration has no label \(text)", at: offset,
                    hint: NearestName.hint(for: text, among: labels), quotesText: true)
            }
            return make(literal.program, type, [])
        case .opaque: throw uncomparable(type, at: offset)
        default:
            guard let value = try? Conversion.read(bytes, as: type) else {
                throw SyntaxError("this text is not of the type \(type.inWords)", at: offset, hint: type.example)
            }
            return make(.constant(value), type, [])
        }
    }

    /// The expression as a type that its own goes together with.
    func converted(_ expression: CheckedExpression, to type: ValueType) -> CheckedExpression {
        guard expression.type != type, expression.type != .unknown else { return expression }
        var converted = expression
        converted.type = type
        switch (expression.type, type) {
        case (.integer, .decimal), (.label, .text): return converted
        // What these hold is what a document's value holds.
        case (.integer, .dynamic), (.decimal, .dynamic), (.double, .dynamic), (.text, .dynamic), (.label, .dynamic),
            (.boolean, .dynamic), (.timestamp, .dynamic):
            return converted
        default: break
        }
        if let constant = expression.constant,
            let value = try? Conversion.convert(constant, from: expression.type, to: type)
        {
            converted.program = .constant(value)
        } else {
            converted.program = .convert(expression.program, from: expression.type, to: type)
            converted.weight += 1
        }
        return converted
    }

    func uncomparable(_ type: ValueType, at offset: Int) -> SyntaxError {
        SyntaxError(
            "values of the type \(type.inWords) are not compared", at: offset,
            hint: type == .json ? "compare a member: column->>'name'" : "compare their text: column::text")
    }

    /// Refuses comparisons that a type has no meaning for.
    func requireComparable(_ type: ValueType, isOrder: Bool, at offset: Int) throws(SyntaxError) {
        switch type {
        case .opaque, .json: throw uncomparable(type, at: offset)
        case .label where isOrder, .boolean where isOrder:
            throw SyntaxError(
                "values of the type \(type.inWords) have no order here", at: offset, hint: "use = or in")
        default: break
        }
    }
}

extension ValueType {
    /// A hint at how literals of the type are written.
    fileprivate var example: String? {
        switch self {
        case .date: "write '2026-01-31'"
        case .time: "write '13:45:00'"
        case .timestamp(let hasZone): hasZone ? "write '2026-01-31 13:45:00+00'" : "write '2026-01-31 13:45:00'"
        case .uuid: "write '123e4567-e89b-12d3-a456-426614174000'"
        case .boolean: "write true or false"
        case .integer, .decimal, .double: "write a number without quotes"
        case .bytes: "write '\\xdeadbeef'"
        default: nil
        }
    }

    fileprivate var castWord: String {
        switch self {
        case .integer, .decimal, .double, .boolean, .date, .time, .timestamp, .uuid, .json: inWords
        default: "text"
        }
    }
}

extension ExpressionChecker {
    func cast(_ operand: SyntaxNode, to type: ValueType, at offset: Int) throws(SyntaxError) -> CheckedExpression {
        let checked = try check(operand)
        if checked.isTextLiteral, type != .text { return try literal(checked, as: type, at: operand.offset) }
        guard Conversion.isPossible(from: checked.type, to: type) else {
            throw SyntaxError("\(checked.type.inWords) does not cast to \(type.inWords)", at: offset)
        }
        guard checked.type != type else { return make(checked.program, type, [checked]) }
        return make(.convert(checked.program, from: checked.type, to: type), type, [checked])
    }

    func member(
        _ operand: SyntaxNode, _ key: SyntaxNode.MemberKey, asText: Bool, at offset: Int
    ) throws(SyntaxError) -> CheckedExpression {
        let checked = try check(operand)
        guard checked.type == .json || checked.type == .unknown else {
            throw SyntaxError(
                "members are those of json, and this is \(checked.type.inWords)", at: offset,
                hint: checked.type.isText ? "cast it: ::json" : nil)
        }
        return make(.member(checked.program, key, asText: asText), asText ? .text : .json, [checked])
    }

    func choice(
        _ operand: SyntaxNode?, _ cases: [SyntaxNode.Case], _ otherwise: SyntaxNode?
    ) throws(SyntaxError) -> CheckedExpression {
        let none = SyntaxNode(.null, at: cases[0].result.offset)
        let (results, type) = try unified(cases.map(\.result) + [otherwise ?? none])
        var conditions: [CheckedExpression] = []
        for branch in cases {
            if let operand {
                let equal = SyntaxNode(.binary(.equal, operand, branch.condition), at: branch.condition.offset)
                conditions.append(try check(equal))
            } else {
                conditions.append(try checkCondition(branch.condition))
            }
        }
        let branches = zip(conditions, results).map {
            Program.Branch(condition: $0.program, result: $1.program)
        }
        return make(
            .choice(branches, otherwise: results[results.count - 1].program), type, conditions + results)
    }
}

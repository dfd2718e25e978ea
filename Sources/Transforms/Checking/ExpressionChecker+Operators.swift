extension ExpressionChecker {
    func binary(
        _ binary: BinaryOperator, _ left: SyntaxNode, _ right: SyntaxNode, at offset: Int
    ) throws(SyntaxError) -> CheckedExpression {
        switch binary {
        case .and, .or:
            let (first, second) = try bothConditions(left, right)
            let program: Program =
                binary == .and ? .and(first.program, second.program) : .or(first.program, second.program)
            return make(program, .boolean, [first, second])
        case .equal: return try comparison(.equal, left, right, at: offset)
        case .notEqual: return try comparison(.notEqual, left, right, at: offset)
        case .less: return try comparison(.less, left, right, at: offset)
        case .lessOrEqual: return try comparison(.lessOrEqual, left, right, at: offset)
        case .greater: return try comparison(.greater, left, right, at: offset)
        case .greaterOrEqual: return try comparison(.greaterOrEqual, left, right, at: offset)
        case .distinct, .notDistinct:
            let (sides, type) = try unified([left, right])
            try requireComparable(type, isOrder: false, at: offset)
            return make(
                .isDistinct(sides[0].program, sides[1].program, negated: binary == .notDistinct), .boolean, sides)
        case .concatenate:
            let parts = [try check(left), try check(right)]
            return make(.join(parts.map { Program.Part(program: $0.program, type: $0.type) }), .text, parts)
        case .add: return try arithmetic(.add, left, right, at: offset)
        case .subtract: return try arithmetic(.subtract, left, right, at: offset)
        case .multiply: return try arithmetic(.multiply, left, right, at: offset)
        case .divide: return try arithmetic(.divide, left, right, at: offset)
        case .remainder: return try arithmetic(.remainder, left, right, at: offset)
        }
    }

    /// Both sides checked, so that a mistake in one does not hide one in the other.
    private func bothConditions(
        _ left: SyntaxNode, _ right: SyntaxNode
    ) throws(SyntaxError) -> (CheckedExpression, CheckedExpression) {
        let first: CheckedExpression
        do {
            first = try checkCondition(left)
        } catch {
            var error = error
            do { _ = try checkCondition(right) } catch let other { error.further.append(other) }
            throw error
        }
        return (first, try checkCondition(right))
    }

    private func comparison(
        _ comparison: Comparison, _ left: SyntaxNode, _ right: SyntaxNode, at offset: Int
    ) throws(SyntaxError) -> CheckedExpression {
        guard left.kind != .null, right.kind != .null else {
            throw SyntaxError(
                "a comparison with null is never true", at: offset,
                hint: comparison == .notEqual ? "write is not null" : "write is null")
        }
        let (sides, type) = try unified([left, right])
        let isOrder = comparison != .equal && comparison != .notEqual
        try requireComparable(type, isOrder: isOrder, at: offset)
        guard type != .dynamic else {
            let readsText = sides.contains(where: \.isTextLiteral)
            return make(
                .compareDynamic(comparison, sides[0].program, sides[1].program, readsText: readsText), .boolean, sides)
        }
        return make(.compare(comparison, sides[0].program, sides[1].program), .boolean, sides)
    }

    func between(
        _ operand: SyntaxNode, _ low: SyntaxNode, _ high: SyntaxNode, negated: Bool, at offset: Int
    ) throws(SyntaxError) -> CheckedExpression {
        let lower = try comparison(.greaterOrEqual, operand, low, at: offset)
        let upper = try comparison(.lessOrEqual, operand, high, at: offset)
        let both = Program.and(lower.program, upper.program)
        return make(negated ? .not(both) : both, .boolean, [lower, upper])
    }

    func membership(
        of operand: SyntaxNode, in elements: [SyntaxNode], negated: Bool
    ) throws(SyntaxError) -> CheckedExpression {
        if let null = elements.first(where: { $0.kind == .null }) {
            throw SyntaxError(
                "null is never in a list", at: null.offset, hint: "add: or … is null")
        }
        let (all, type) = try unified([operand] + elements)
        try requireComparable(type, isOrder: false, at: operand.offset)
        let programs = all.dropFirst().map(\.program)
        return make(.isIn(all[0].program, programs, negated: negated), .boolean, all)
    }

    func like(
        _ operand: SyntaxNode, _ pattern: SyntaxNode, _ escape: SyntaxNode?, ignoresCase: Bool, negated: Bool
    ) throws(SyntaxError) -> CheckedExpression {
        let text = try textual(operand, for: ignoresCase ? "ilike" : "like")
        guard case .text(let written) = pattern.kind else {
            throw SyntaxError("the pattern is a text in single quotes", at: pattern.offset)
        }
        var escapeCharacter: Character? = "\\"
        if let escape {
            guard case .text(let character) = escape.kind, character.unicodeScalars.count <= 1 else {
                throw SyntaxError("escape is followed by one character in single quotes, or none", at: escape.offset)
            }
            escapeCharacter = character.first
        }
        let compiled: LikePattern
        do {
            compiled = try LikePattern(written, escape: escapeCharacter, ignoresCase: ignoresCase)
        } catch {
            switch error {
            case .tooLong:
                throw SyntaxError("a pattern has at most \(LikePattern.bytesMax) bytes", at: pattern.offset)
            case .endsWithEscape:
                throw SyntaxError(
                    "the pattern ends with its escape character", at: pattern.offset, hint: "double it")
            }
        }
        return make(.like(text.program, compiled, negated: negated), .boolean, [text])
    }

    func negation(of operand: SyntaxNode) throws(SyntaxError) -> CheckedExpression {
        let number = try numeric(operand, for: "the sign")
        return make(.negate(number.program), number.type, [number])
    }

    private func arithmetic(
        _ arithmetic: Arithmetic, _ left: SyntaxNode, _ right: SyntaxNode, at offset: Int
    ) throws(SyntaxError) -> CheckedExpression {
        let first = try numeric(left, for: "arithmetic")
        let second = try numeric(right, for: "arithmetic")
        guard let type = ValueType.unified(first.type, second.type) else { return first }
        let sides = [converted(first, to: type), converted(second, to: type)]
        if case .number(let divisor)? = sides[1].constant, divisor.isZero, arithmetic.divides {
            throw SyntaxError("division by zero", at: offset)
        }
        let result: ValueType = type == .integer && arithmetic == .divide ? .decimal : type
        return make(.calculate(arithmetic, sides[0].program, sides[1].program), result, sides)
    }

    /// An expression that has to be a number.
    func numeric(_ node: SyntaxNode, for what: String) throws(SyntaxError) -> CheckedExpression {
        var checked = try check(node)
        if checked.type == .unknown { checked.type = .integer }
        if checked.type == .dynamic { return make(.narrow(checked.program, to: .number), .dynamic, [checked]) }
        guard checked.type.isNumber else {
            throw SyntaxError(
                "\(what) takes a number, and this is \(checked.type.inWords)", at: node.offset,
                hint: checked.type.isText ? "cast it: ::integer or ::decimal; texts join by ||" : nil)
        }
        return checked
    }

    /// An expression that has to be a text.
    func textual(_ node: SyntaxNode, for what: String) throws(SyntaxError) -> CheckedExpression {
        var checked = try check(node)
        if checked.type == .unknown { checked.type = .text }
        if checked.type == .dynamic { return make(.narrow(checked.program, to: .text), .text, [checked]) }
        guard checked.type.isText else {
            throw SyntaxError(
                "\(what) takes a text, and this is \(checked.type.inWords)", at: node.offset, hint: "cast it: ::text")
        }
        return checked
    }
}

extension Arithmetic {
    fileprivate var divides: Bool { self == .divide || self == .remainder }
}

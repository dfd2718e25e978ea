extension ExpressionParser {
    private static let comparisons: [Token.Sign: BinaryOperator] = [
        .equal: .equal, .notEqual: .notEqual, .less: .less, .lessOrEqual: .lessOrEqual, .greater: .greater,
        .greaterOrEqual: .greaterOrEqual,
    ]

    /// One operand, or two compared; comparisons do not chain.
    mutating func comparison() throws(SyntaxError) -> SyntaxNode {
        let left = try concatenation()
        let offset = current.offset
        if case .sign(let sign) = current.kind, let binary = Self.comparisons[sign] {
            advance()
            let node = SyntaxNode(.binary(binary, left, try concatenation()), at: offset)
            if case .sign(let next) = current.kind, Self.comparisons[next] != nil {
                throw SyntaxError("comparisons do not chain", at: current.offset, hint: "join them by and")
            }
            return node
        }
        if isWord("is") {
            advance()
            return try test(of: left, at: offset)
        }
        let negated = isWord("not") && isNegatable(following)
        if negated { advance() }
        if skip(word: "in") { return try membership(of: left, negated: negated, at: offset) }
        if skip(word: "between") {
            let low = try concatenation()
            try expect(word: "and")
            return SyntaxNode(.between(left, low, try concatenation(), negated: negated), at: offset)
        }
        let ignoresCase = isWord("ilike")
        if ignoresCase || isWord("like") {
            advance()
            let pattern = try concatenation()
            let escape = skip(word: "escape") ? try concatenation() : nil
            return SyntaxNode(
                .like(left, pattern: pattern, escape: escape, ignoresCase: ignoresCase, negated: negated), at: offset)
        }
        return left
    }

    private func isNegatable(_ token: Token) -> Bool {
        guard case .word(let word) = token.kind else { return false }
        return ["in", "between", "like", "ilike"].contains(word.lowercased())
    }

    /// What follows `is`.
    private mutating func test(of left: SyntaxNode, at offset: Int) throws(SyntaxError) -> SyntaxNode {
        let negated = skip(word: "not")
        if skip(word: "null") { return SyntaxNode(.isNull(left, negated: negated), at: offset) }
        if skip(word: "missing") { return SyntaxNode(.isMissing(left, negated: negated), at: offset) }
        if skip(word: "true") { return SyntaxNode(.isBoolean(left, true, negated: negated), at: offset) }
        if skip(word: "false") { return SyntaxNode(.isBoolean(left, false, negated: negated), at: offset) }
        if skip(word: "distinct") {
            try expect(word: "from")
            let binary: BinaryOperator = negated ? .notDistinct : .distinct
            return SyntaxNode(.binary(binary, left, try concatenation()), at: offset)
        }
        throw unexpected("null, missing, true, false or distinct from")
    }

    private mutating func membership(
        of left: SyntaxNode, negated: Bool, at offset: Int
    ) throws(SyntaxError) -> SyntaxNode {
        try expect(.open)
        var elements: [SyntaxNode] = []
        repeat { elements.append(try expression()) } while skip(.comma)
        try expect(.close)
        return SyntaxNode(.isIn(left, elements, negated: negated), at: offset)
    }
}

extension ExpressionParser {
    /// An operand with the casts and members that follow it.
    mutating func postfix() throws(SyntaxError) -> SyntaxNode {
        var node = try primary()
        var length = 0
        while case .sign(let sign) = current.kind,
            [.cast, .member, .memberText, .dot, .openBracket].contains(sign)
        {
            let offset = current.offset
            length += 1
            guard length <= Self.depthMax else { throw SyntaxError("too many casts and members in a row", at: offset) }
            advance()
            if sign == .dot || sign == .openBracket {
                let step = try sign == .dot ? fieldStep() : bracketStep()
                if case .path(let operand, let steps) = node.kind {
                    node.kind = .path(operand, steps + [step])
                } else {
                    node = SyntaxNode(.path(node, [step]), at: node.offset)
                }
            } else if sign == .cast {
                node = SyntaxNode(.cast(node, try castType()), at: offset)
            } else {
                node = SyntaxNode(.member(node, try memberKey(), asText: sign == .memberText), at: offset)
            }
        }
        return node
    }

    /// What follows a point: any word is a name there.
    private mutating func fieldStep() throws(SyntaxError) -> SyntaxNode.PathStep {
        let name: String
        switch current.kind {
        case .word(let word): name = word
        case .quotedName(let quoted): name = quoted
        case .number, .text, .sign, .end: throw unexpected("the name of a field", hint: "put odd names in \"quotes\"")
        }
        advance()
        return .field(name)
    }

    /// What follows an opening bracket: `*`, a number or a condition.
    private mutating func bracketStep() throws(SyntaxError) -> SyntaxNode.PathStep {
        let step: SyntaxNode.PathStep
        if skip(.times) {
            step = .all
        } else if case .number(let digits) = current.kind, following.kind == .sign(.closeBracket) {
            guard let index = Int(digits) else { throw unexpected("a whole number") }
            advance()
            step = .index(index)
        } else {
            step = .filter(try expression())
        }
        try expect(.closeBracket)
        return step
    }

    private mutating func castType() throws(SyntaxError) -> CastType {
        let valid = CastType.allCases.map(\.rawValue).joined(separator: ", ")
        guard case .word(let word) = current.kind, let type = CastType(word: word) else {
            throw unexpected("a type", hint: "valid here: \(valid)")
        }
        advance()
        return type
    }

    private mutating func memberKey() throws(SyntaxError) -> SyntaxNode.MemberKey {
        let key: SyntaxNode.MemberKey
        switch current.kind {
        case .text(let name): key = .name(name)
        case .number(let digits):
            guard let number = Int(digits) else { throw unexpected("a whole number") }
            key = .index(number)
        case .word, .quotedName, .sign, .end: throw unexpected("a key in single quotes, or a number")
        }
        advance()
        return key
    }

    private mutating func primary() throws(SyntaxError) -> SyntaxNode {
        let token = current
        switch token.kind {
        case .number(let digits):
            advance()
            return SyntaxNode(.number(digits), at: token.offset)
        case .text(let text):
            advance()
            return SyntaxNode(.text(text), at: token.offset)
        case .quotedName(let name):
            advance()
            return SyntaxNode(.column(name), at: token.offset)
        case .word(let word):
            return try word.isReserved ? reserved(word.lowercased(), token) : named(word, token)
        case .sign(.open):
            advance()
            let inner = try expression()
            try expect(.close)
            return inner
        case .sign, .end:
            throw unexpected("a value")
        }
    }

    private mutating func reserved(_ word: String, _ token: Token) throws(SyntaxError) -> SyntaxNode {
        switch word {
        case "null": advance()
        case "true", "false":
            advance()
            return SyntaxNode(.boolean(word == "true"), at: token.offset)
        case "case": return try choice()
        default:
            throw unexpected("a value", hint: "put the name of a column that is called \(word) in \"quotes\"")
        }
        return SyntaxNode(.null, at: token.offset)
    }

    /// A column, a call, or a text with its type before it: `date '2026-01-31'`.
    private mutating func named(_ word: String, _ token: Token) throws(SyntaxError) -> SyntaxNode {
        advance()
        if case .text(let text) = current.kind, let type = CastType(word: word) {
            let literal = SyntaxNode(.text(text), at: current.offset)
            advance()
            return SyntaxNode(.cast(literal, type), at: token.offset)
        }
        guard skip(.open) else { return SyntaxNode(.column(word), at: token.offset) }
        var arguments: [SyntaxNode] = []
        if !skip(.close) {
            repeat { arguments.append(try expression()) } while skip(.comma)
            try expect(.close)
        }
        return SyntaxNode(.call(word.lowercased(), arguments), at: token.offset)
    }

    private mutating func choice() throws(SyntaxError) -> SyntaxNode {
        let offset = current.offset
        advance()
        let operand = isWord("when") ? nil : try expression()
        var cases: [SyntaxNode.Case] = []
        while skip(word: "when") {
            let condition = try expression()
            try expect(word: "then")
            cases.append(SyntaxNode.Case(condition: condition, result: try expression()))
        }
        guard !cases.isEmpty else { throw unexpected("when") }
        let otherwise = skip(word: "else") ? try expression() : nil
        try expect(word: "end")
        return SyntaxNode(.choice(operand: operand, cases: cases, otherwise: otherwise), at: offset)
    }
}

extension String {
    /// Whether the word has a meaning of its own, so that a column of that name needs double quotes.
    var isReserved: Bool {
        [
            "and", "or", "not", "in", "like", "ilike", "between", "is", "null", "true", "false", "case", "when", "then",
            "else", "end", "escape", "distinct", "from",
        ].contains(lowercased())
    }
}

internal import Connector

/// Parses expressions by precedence: `or`, `and`, `not`, comparisons, `||`, `+ -`, `* / %`, sign, `:: -> ->>`.
struct ExpressionParser {
    /// How deep an expression nests at the most, parentheses included.
    static let depthMax = 64

    private let tokens: [Token]
    private var index = 0
    private var depth = 0

    private init(_ tokens: [Token]) {
        self.tokens = tokens
    }

    /// Parses a whole expression.
    static func parse(_ text: String) throws(SyntaxError) -> SyntaxNode {
        var parser = ExpressionParser(try Lexer.tokens(of: text))
        guard parser.current.kind != .end else { throw SyntaxError("the expression is empty", at: 0) }
        let node = try parser.expression()
        guard parser.current.kind == .end else {
            throw parser.unexpected("an operator or the end", hint: parser.hintForFollowing())
        }
        return node
    }

    // MARK: - Tokens, for the parts of the parser

    var current: Token { tokens[index] }
    var following: Token { tokens[min(index + 1, tokens.count - 1)] }

    mutating func advance() {
        if index < tokens.count - 1 { index += 1 }
    }

    func isWord(_ word: String) -> Bool {
        if case .word(let name) = current.kind { name.lowercased() == word } else { false }
    }

    mutating func skip(word: String) -> Bool {
        guard isWord(word) else { return false }
        advance()
        return true
    }

    mutating func skip(_ sign: Token.Sign) -> Bool {
        guard current.kind == .sign(sign) else { return false }
        advance()
        return true
    }

    mutating func expect(_ sign: Token.Sign) throws(SyntaxError) {
        guard skip(sign) else { throw unexpected(sign.rawValue) }
    }

    mutating func expect(word: String) throws(SyntaxError) {
        guard skip(word: word) else { throw unexpected(word) }
    }

    func unexpected(_ expected: String, hint: String? = nil) -> SyntaxError {
        SyntaxError(
            "expected \(expected), found \(current.inWords)", at: current.offset, hint: hint, quotesText: true)
    }

    private func hintForFollowing() -> String? {
        guard case .word(let word) = current.kind else { return nil }
        return NearestName.of(word, among: ["and", "or", "in", "like", "ilike", "between", "is", "not"])
            .map { "did you mean \($0)?" }
    }

    // MARK: - Levels

    mutating func expression() throws(SyntaxError) -> SyntaxNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw SyntaxError("the expression is nested more than \(Self.depthMax) levels deep", at: current.offset)
        }
        var left = try conjunction()
        while isWord("or") {
            let offset = current.offset
            advance()
            left = SyntaxNode(.binary(.or, left, try conjunction()), at: offset)
        }
        return left
    }

    private mutating func conjunction() throws(SyntaxError) -> SyntaxNode {
        var left = try negation()
        while isWord("and") {
            let offset = current.offset
            advance()
            left = SyntaxNode(.binary(.and, left, try negation()), at: offset)
        }
        return left
    }

    private mutating func negation() throws(SyntaxError) -> SyntaxNode {
        guard isWord("not") else { return try comparison() }
        let offset = current.offset
        advance()
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw SyntaxError("the expression is nested more than \(Self.depthMax) levels deep", at: offset)
        }
        return SyntaxNode(.not(try negation()), at: offset)
    }

    mutating func concatenation() throws(SyntaxError) -> SyntaxNode {
        try leftAssociative([.concatenate: .concatenate]) { (parser) throws(SyntaxError) in try parser.sum() }
    }

    private mutating func sum() throws(SyntaxError) -> SyntaxNode {
        try leftAssociative([.plus: .add, .minus: .subtract]) { (parser) throws(SyntaxError) in try parser.product() }
    }

    private mutating func product() throws(SyntaxError) -> SyntaxNode {
        try leftAssociative([.times: .multiply, .divide: .divide, .remainder: .remainder]) {
            (parser) throws(SyntaxError) in try parser.signed()
        }
    }

    private mutating func leftAssociative(
        _ operators: [Token.Sign: BinaryOperator],
        operand: (inout ExpressionParser) throws(SyntaxError) -> SyntaxNode
    ) throws(SyntaxError) -> SyntaxNode {
        var left = try operand(&self)
        while case .sign(let sign) = current.kind, let binary = operators[sign] {
            let offset = current.offset
            advance()
            left = SyntaxNode(.binary(binary, left, try operand(&self)), at: offset)
        }
        return left
    }

    private mutating func signed() throws(SyntaxError) -> SyntaxNode {
        let offset = current.offset
        if skip(.plus) { return try signed(at: offset) }
        if skip(.minus) { return SyntaxNode(.negate(try signed(at: offset)), at: offset) }
        return try postfix()
    }

    private mutating func signed(at offset: Int) throws(SyntaxError) -> SyntaxNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw SyntaxError("the expression is nested more than \(Self.depthMax) levels deep", at: offset)
        }
        return try signed()
    }
}

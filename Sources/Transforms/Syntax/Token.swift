/// One word or sign of an expression.
struct Token: Equatable {
    enum Kind: Equatable {
        /// A name as written; also a keyword, which only its place tells.
        case word(String)
        /// A name in double quotes, never a keyword.
        case quotedName(String)
        /// Digits with an optional fraction and exponent.
        case number(String)
        /// A text in single quotes, without them.
        case text(String)
        case sign(Sign)
        case end
    }

    enum Sign: String, CaseIterable {
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divide = "/"
        case remainder = "%"
        case concatenate = "||"
        case cast = "::"
        case member = "->"
        case memberText = "->>"
        case open = "("
        case close = ")"
        case comma = ","
        case dot = "."
        case openBracket = "["
        case closeBracket = "]"
    }

    var kind: Kind
    /// Counted in Unicode scalars from the start of the expression.
    var offset: Int

    /// How a message names it.
    var inWords: String {
        switch kind {
        case .word(let name): "\(name)"
        case .quotedName(let name): "\"\(name)\""
        case .number(let digits): digits
        case .text: "a text"
        case .sign(let sign): sign.rawValue
        case .end: "the end"
        }
    }
}

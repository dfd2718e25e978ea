/// Cuts an expression into tokens.
struct Lexer {
    /// How many characters an expression has at the most.
    static let lengthMax = 8_192

    private let scalars: [Unicode.Scalar]
    private var index = 0

    private init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// The tokens of an expression, with an `end` as the last.
    static func tokens(of text: String) throws(SyntaxError) -> [Token] {
        var lexer = Lexer(text)
        guard lexer.scalars.count <= lengthMax else {
            throw SyntaxError("an expression has at most \(lengthMax) characters", at: lengthMax)
        }
        var tokens: [Token] = []
        while let token = try lexer.next() { tokens.append(token) }
        tokens.append(Token(kind: .end, offset: lexer.scalars.count))
        return tokens
    }

    private mutating func next() throws(SyntaxError) -> Token? {
        while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
        guard index < scalars.count else { return nil }
        let start = index
        let kind: Token.Kind
        switch scalars[index] {
        case "'": kind = .text(try quoted(by: "'", name: "text"))
        case "\"":
            let name = try quoted(by: "\"", name: "name")
            guard !name.isEmpty else { throw SyntaxError("the quotes name no column", at: start) }
            kind = .quotedName(name)
        case "0"..."9": kind = .number(try number())
        case let first where Self.startsWord(first): kind = .word(take { Self.continuesWord($0) })
        default: kind = .sign(try sign())
        }
        return Token(kind: kind, offset: start)
    }

    /// Passes over what stands between two quotes; a doubled quote stands for one.
    private mutating func quoted(by quote: Unicode.Scalar, name: String) throws(SyntaxError) -> String {
        let start = index
        var text = String.UnicodeScalarView()
        index += 1
        while true {
            guard index < scalars.count else {
                throw SyntaxError("the \(name) that begins here is not closed", at: start)
            }
            if scalars[index] == quote {
                index += 1
                guard index < scalars.count, scalars[index] == quote else { return String(text) }
            }
            text.append(scalars[index])
            index += 1
        }
    }

    private mutating func number() throws(SyntaxError) -> String {
        let start = index
        var text = take { Self.isDigit($0) }
        if index + 1 < scalars.count, scalars[index] == ".", Self.isDigit(scalars[index + 1]) {
            index += 1
            text += "." + take { Self.isDigit($0) }
        }
        if index < scalars.count, scalars[index] == "e" || scalars[index] == "E" {
            index += 1
            text += "e"
            if index < scalars.count, scalars[index] == "+" || scalars[index] == "-" {
                text.unicodeScalars.append(scalars[index])
                index += 1
            }
            let exponent = take { Self.isDigit($0) }
            guard !exponent.isEmpty, exponent.count <= 3 else {
                throw SyntaxError("the number's exponent has one to three digits", at: start)
            }
            text += exponent
        }
        if index < scalars.count, Self.startsWord(scalars[index]) || scalars[index] == "." {
            throw SyntaxError(
                "a number ends where another sign begins", at: index,
                hint: "put names that begin with digits in \"quotes\"")
        }
        return text
    }

    private mutating func sign() throws(SyntaxError) -> Token.Sign {
        for length in [3, 2, 1] where index + length <= scalars.count {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[index..<(index + length)])
            let text = String(view)
            if let sign = text == "!=" ? .notEqual : Token.Sign(rawValue: text) {
                let isDoubledEqual = sign == .equal && index + 1 < scalars.count && scalars[index + 1] == "="
                guard !isDoubledEqual else { throw SyntaxError("== is not a sign here", at: index, hint: "write =") }
                index += length
                return sign
            }
        }
        let hint: String? =
            switch scalars[index] {
            case "&": "write and"
            case "|": "write or, or || to join texts"
            case "!": "write not, or <> for unequal"
            case "{", "}": "a template stands alone; in an expression, name the column without braces"
            case ";": "an expression is one only; leave out the semicolon"
            case "`", "“", "”", "‘", "’": "write 'text' in straight quotes and \"names\" in double ones"
            default: nil
            }
        throw SyntaxError(
            "the character \(Self.shown(scalars[index])) has no meaning here", at: index, hint: hint, quotesText: true)
    }

    private mutating func take(while isPart: (Unicode.Scalar) -> Bool) -> String {
        var text = String.UnicodeScalarView()
        while index < scalars.count, isPart(scalars[index]) {
            text.append(scalars[index])
            index += 1
        }
        return String(text)
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        scalar.properties.generalCategory == .control
            ? "U+\(String(scalar.value, radix: 16, uppercase: true))" : String(Character(scalar))
    }

    static func startsWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isXIDStart
    }

    static func continuesWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "$" || scalar.properties.isXIDContinue
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}

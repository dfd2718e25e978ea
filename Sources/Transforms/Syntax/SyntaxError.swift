/// What is wrong with an expression, and where in its text.
struct SyntaxError: Error, Equatable {
    var message: String
    var hint: String?
    /// Counted in Unicode scalars from the start of the expression.
    var offset: Int
    /// Whether the message quotes the text: then it is not shown where the text came out of the environment.
    var quotesText: Bool
    /// What else is wrong with the expression.
    var further: [SyntaxError] = []

    init(_ message: String, at offset: Int, hint: String? = nil, quotesText: Bool = false) {
        self.message = message
        self.offset = offset
        self.hint = hint
        self.quotesText = quotesText
    }

    /// The error and the further ones.
    var all: [SyntaxError] { [self] + further.flatMap(\.all) }
}

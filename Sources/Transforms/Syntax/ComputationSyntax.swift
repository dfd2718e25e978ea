internal import Connector

/// What a text under `compute:` says: a template where it has a brace outside quotes, else an expression.
enum ComputationSyntax: Sendable, Equatable {
    case expression(SyntaxNode)
    case template(Template)

    static func parse(_ text: String) throws(SyntaxError) -> ComputationSyntax {
        guard isTemplate(text) else { return .expression(try ExpressionParser.parse(text)) }
        do {
            return .template(try Template(parsing: text))
        } catch {
            let bytes = text.utf8.prefix(error.offset ?? 0)
            throw SyntaxError(error.reason, at: String(Substring(bytes)).unicodeScalars.count)
        }
    }

    /// Expressions have no braces of their own; a brace in 'quotes' or "quotes" belongs to them. A quote that is never
    /// closed is no quote.
    private static func isTemplate(_ text: String) -> Bool {
        var rest = text[...]
        while let index = rest.firstIndex(where: { "{}'\"".contains($0) }) {
            let mark = rest[index]
            guard mark == "'" || mark == "\"" else { return true }
            rest = rest[rest.index(after: index)...]
            if let end = rest.firstIndex(of: mark) { rest = rest[rest.index(after: end)...] }
        }
        return false
    }
}

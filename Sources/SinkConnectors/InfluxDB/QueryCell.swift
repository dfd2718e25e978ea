/// One value of a query's answer.
enum QueryCell: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// A number as the server wrote it: an answer does not say of which type.
    case number(String)
    case text(String)

    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    var integer: Int64? {
        if case .number(let text) = self { Int64(text) } else { nil }
    }

    var boolean: Bool? {
        if case .boolean(let flag) = self { flag } else { nil }
    }
}

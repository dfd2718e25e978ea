/// A catalog query that did not give what its statement asks for.
enum CatalogError: Error, CustomStringConvertible {
    case noRow(String)
    case unexpectedValue(column: Int)

    var description: String {
        switch self {
        case .noRow(let what): "the catalog has no row for the \(what)"
        case .unexpectedValue(let column): "the catalog gave an unexpected value in column \(column + 1)"
        }
    }
}

internal import Connector

/// Why a row cannot become a document; said without any value of it.
enum RowProblem: Error, CustomStringConvertible {
    case key(KeyError)
    case emptyKey(StaticString)
    case longKey(StaticString, Int)
    case keyNotText(StaticString)
    case indexName(String)
    case malformed(String)
    case special(String)
    case unknownCell(String)
    case refusedField(String, String)

    var description: String {
        switch self {
        case .key(let error): error.description
        case .emptyKey(let name): "\(name) is empty for this row"
        case .longKey(let name, let limit): "\(name) is longer than \(limit) bytes"
        case .keyNotText(let name): "\(name) is not UTF-8"
        case .indexName(let reason): "no index can have this row's name: \(reason)"
        case .malformed(let field): "field \(field) has a value that cannot be read as its type"
        case .special(let field): "field \(field) has a value that its type in the index does not have"
        case .refusedField(let field, let reason):
            "the document has a field \(field), which no index can have: \(reason)"
        case .unknownCell(let field): "field \(field) is not known, and a document is written whole"
        }
    }
}

extension RowProblem {
    /// What becomes of the write.
    func result(_ mapping: ElasticsearchMapping) -> ItemResult {
        // The engine completes rows before it hands them on: a hole in one is not the row's fault.
        if case .unknownCell = self {
            return .stop(MillraceError(.invariant, description, place: mapping.place))
        }
        return .park(reason: description)
    }
}

internal import Connector

/// Why a row cannot be written; said without any value of it.
enum GraphProblem: Error, Equatable {
    case key(KeyError)
    case unknown(column: String)
    case malformed(column: String)
    case notText(column: String)
    case unfit(column: String)

    var reason: String {
        switch self {
        case .key(let error): error.description
        case .unknown(let column): "the value of column \(column) is not known"
        case .malformed(let column): "column \(column) has a value that cannot be read"
        case .notText(let column): "column \(column) has text that is not UTF-8"
        case .unfit(let column): "column \(column) has a value that no property can hold"
        }
    }

    /// What becomes of the write.
    func result(_ mapping: Neo4jMapping) -> ItemResult {
        // The engine completes rows before it hands them on: a hole in one is not the row's fault.
        if case .unknown = self { return .stop(MillraceError(.invariant, reason, place: mapping.place)) }
        return .park(reason: reason)
    }
}

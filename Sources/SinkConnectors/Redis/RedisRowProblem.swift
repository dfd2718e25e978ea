internal import Connector

/// Why one row cannot be written; it parks. Names columns, never values.
enum RedisRowProblem: Error, Equatable {
    case key(KeyError)
    case malformed(column: String)
    /// The source did not say the value, and it was not completed.
    case unknown(column: String)
    case noScore(column: String)
    case noLifetime(column: String)
    case tooLarge
    /// The collection cannot be made whole in one command.
    case tooManyMembers

    var reason: String {
        switch self {
        case .key(let error): "\(error)"
        case .malformed(let column): "column \(column) has a value that cannot be read"
        case .unknown(let column): "the value of column \(column) is not known"
        case .noScore(let column): "column \(column) has no number that could be the score"
        case .noLifetime(let column): "column \(column) has a time that Redis cannot hold"
        case .tooLarge: "the row is larger than Redis takes: 512 MiB for one value, 1 GiB for all"
        case .tooManyMembers:
            "the collection has more than \(RedisLimits.membersMax) members, which cannot be made at once: leave out `ttl`, or "
                + "divide the collection by a longer key"
        }
    }
}

internal import BoltCodec
internal import Connector

/// What every refusal of a server, and every failure to reach one, means for a write: the one table of it.
///
/// Reasons name the code alone: the server puts values of the row into its words.
enum Neo4jFailures {
    enum Class {
        /// The server cannot now.
        case retry
        /// Something of a row is wrong: halves find it.
        case row
        /// The server will take none until somebody mends something.
        case stop(String)
    }

    static func classify(_ failure: BoltFailure) -> Class {
        let code = failure.code
        if code.hasPrefix("Neo.TransientError.") || connectionCodes.contains(code) { return .retry }
        if rowCodes.contains(code) { return .row }
        if let words = stopCodes[code] { return .stop("\(words) (\(code))") }
        if code.hasPrefix("Neo.ClientError.Security.") { return .stop("the server refuses the user (\(code))") }
        if code.hasPrefix("Neo.ClientError.Statement.") || code.hasPrefix("Neo.ClientError.Schema.") {
            return .stop("the server refuses the statement (\(code))")
        }
        // What is not known is tried again, and said in the log.
        return .retry
    }

    /// Codes after which the next transaction needs another connection, perhaps to another member.
    private static let connectionCodes: Set<String> = [
        "Neo.ClientError.Cluster.NotALeader", "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
        "Neo.ClientError.Security.AuthorizationExpired", "Neo.TransientError.General.DatabaseUnavailable",
        "Neo.TransientError.Database.DatabaseUnavailable",
    ]

    private static let rowCodes: Set<String> = [
        "Neo.ClientError.Schema.ConstraintValidationFailed", "Neo.ClientError.Schema.ConstraintViolation",
        "Neo.ClientError.Statement.TypeError", "Neo.ClientError.Statement.ArgumentError",
        "Neo.ClientError.Statement.ArithmeticError", "Neo.ClientError.Statement.ConstraintVerificationFailed",
        "Neo.ClientError.Statement.PropertyTypeError", "Neo.ClientError.Statement.EntityNotFound",
        "Neo.ClientError.Statement.ExternalResourceFailed",
    ]

    private static let stopCodes = [
        "Neo.ClientError.Security.Unauthorized": "the server does not accept the user and password",
        "Neo.ClientError.Security.TokenExpired": "the credentials have expired",
        "Neo.ClientError.Security.Forbidden": "the user lacks the privilege",
        "Neo.ClientError.Database.DatabaseNotFound": "the database does not exist",
        "Neo.ClientError.Statement.SyntaxError": "the server cannot read the statement",
        "Neo.ClientError.Schema.IndexAlreadyExists":
            "an index stands where a constraint has to be; drop it, so that the constraint makes its own",
        "Neo.ClientError.Schema.ConstraintCreationFailed":
            "nodes that are there already have equal keys; mend them, so that the constraint can be made",
    ]

    static func needsNewConnection(_ failure: BoltFailure) -> Bool { connectionCodes.contains(failure.code) }

    /// What becomes of every write of a transaction that was refused.
    static func result(for failure: BoltFailure, of count: Int, place: String?) -> ItemResult {
        let words = failure.code.isEmpty ? "the server gave no reason" : failure.code
        switch classify(failure) {
        case .retry: return .retry(reason: words)
        case .row: return count > 1 ? .split(reason: words) : .park(reason: words)
        case .stop(let reason): return .stop(MillraceError(.sinkRejected, reason, place: place))
        }
    }

    /// What a call that is not about a row throws.
    static func thrown(for failure: BoltFailure) -> MillraceError {
        switch classify(failure) {
        case .retry: MillraceError(.sinkUnavailable, "the server could not answer (\(failure.code))")
        case .row: MillraceError(.sinkRejected, "the server refuses (\(failure.code))")
        case .stop(let reason): MillraceError(.sinkRejected, reason)
        }
    }

    /// What a failure of a connection throws.
    static func unavailable(_ error: any Error) -> any Error {
        if error is CancellationError || error is MillraceError { return error }
        switch error as? BoltConnectionError {
        case .untrusted, .notEncrypted, .version:
            return MillraceError(.sinkRejected, "no connection to Neo4j: \(error)")
        case .malformed(.tooLarge):
            return MillraceError(.sinkUnavailable, "the connection to Neo4j failed", underlying: error)
        case .some(let known): return MillraceError(.sinkUnavailable, "the connection to Neo4j failed: \(known)")
        case nil: return MillraceError(.sinkUnavailable, "no connection to Neo4j could be made")
        }
    }
}

extension MillraceError {
    /// Whether the server answered with more than is read at once.
    var isAnswerTooLarge: Bool {
        if case .malformed(.tooLarge) = underlying as? BoltConnectionError { true } else { false }
    }
}

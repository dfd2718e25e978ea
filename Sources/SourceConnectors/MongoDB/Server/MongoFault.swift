internal import Connector
internal import MongoClient
internal import Wire

/// What an error of the MongoDB client means to the engine.
enum MongoFault {
    static let resync = "run `millrace checkpoint reset` and `millrace run` to load everything again"

    /// Turns a client's error into the engine's; every other error passes as it is.
    ///
    /// - Parameter doing: what was attempted, to go before the reason: "reading a collection".
    static func describe(_ error: any Error, doing: String, place: String? = nil) -> any Error {
        if let error = error as? WireError {
            return MillraceError(
                .malformedSource, "\(doing) failed: the server's BSON cannot be read", place: place, underlying: error)
        }
        guard let error = error as? MongoError else { return error }
        let (code, advice) = meaning(of: error)
        let message = advice.map { "\(doing) failed: \($0)" } ?? "\(doing) failed"
        return MillraceError(code, message, place: place, underlying: error)
    }

    /// Whether a new connection may mend it.
    static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case let error as MongoError: meaning(of: error).code == .sourceUnavailable
        case let error as MillraceError: error.code == .sourceUnavailable
        default: false
        }
    }

    private static func meaning(of error: MongoError) -> (code: MillraceError.Code, advice: String?) {
        switch error.kind {
        case .unreachable, .connectionLost: (.sourceUnavailable, nil)
        case .configuration: (.configuration, nil)
        case .protocolViolation: (.malformedSource, nil)
        case .answerTooLarge: (.sourceRejected, nil)
        case .authentication:
            (
                .sourceRejected,
                "the server does not let us in, or the user lacks a privilege: the roles `read` on the databases and "
                    + "`clusterMonitor` on admin are needed"
            )
        case .server: error.isLabelledResumable ? (.sourceUnavailable, nil) : meaning(of: error.code)
        }
    }

    private static func meaning(of code: MongoErrorCode?) -> (code: MillraceError.Code, advice: String?) {
        switch code {
        case .changeStreamHistoryLost, .cappedPositionLost:
            (
                .positionLost,
                "the oplog no longer reaches back to where the pipeline stopped, so changes are lost: \(resync), and "
                    + "make the oplog larger (replSetResizeOplog) if the pipeline may stand still as long again"
            )
        case .changeStreamFatal, .invalidResumeToken:
            (.positionLost, "the server does not know the place where the stream stopped: \(resync)")
        case .objectTooLarge:
            (
                .sourceRejected,
                "a change is larger than 16 MB with its documents before and after, and this server cannot divide it, as "
                    + "MongoDB 6.0.9 and later can: upgrade it, or turn changeStreamPreAndPostImages of the collection off "
                    + "where no key needs them, or pass the change by: \(resync)"
            )
        case let code? where MongoErrorCode.passing.contains(code): (.sourceUnavailable, nil)
        default: (.sourceRejected, nil)
        }
    }
}

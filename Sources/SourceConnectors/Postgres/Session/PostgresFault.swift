internal import Connector
internal import PostgresClient

/// What an error of the PostgreSQL client means to the engine.
enum PostgresFault {
    /// Turns a client's error into the engine's; every other error passes as it is.
    ///
    /// - Parameter doing: what was attempted, to go before the reason: "reading the catalog".
    static func describe(_ error: any Error, doing: String, place: String? = nil) -> any Error {
        guard let error = error as? PostgresError else { return error }
        if error.kind == .interrupted { return CancellationError() }
        let (code, advice) = meaning(of: error)
        let message = advice.map { "\(doing) failed: \($0)" } ?? "\(doing) failed"
        return MillraceError(code, message, place: place, underlying: error)
    }

    /// Whether a new connection may mend it.
    static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError:
            // A slot that is busy or invalid is looked at again before the next connection, and named then.
            error.kind != .interrupted
                && (meaning(of: error).code == .sourceUnavailable || error.code == .objectInUse
                    || error.code == .objectNotInPrerequisiteState)
        case let error as MillraceError: error.code == .sourceUnavailable
        default: false
        }
    }

    private static func meaning(of error: PostgresError) -> (code: MillraceError.Code, advice: String?) {
        switch error.kind {
        case .unreachable, .connectionLost, .timeout: (.sourceUnavailable, nil)
        case .authentication:
            (.sourceRejected, "the server does not let us in; check user, password, pg_hba.conf and TLS of the url")
        case .configuration: (.configuration, nil)
        case .protocolViolation: (.malformedSource, nil)
        case .answerTooLarge: (.sourceRejected, nil)
        case .interrupted: (.sourceUnavailable, nil)
        case .server: meaning(of: error.code)
        }
    }

    private static func meaning(of code: SQLState?) -> (code: MillraceError.Code, advice: String?) {
        guard let code else { return (.sourceUnavailable, nil) }
        return switch code {
        case .objectInUse: (.slotInUse, "another process reads the slot")
        case .undefinedObject:
            (.positionLost, "the slot or its publication was dropped, so changes are lost: " + SlotGuard.resync)
        case .undefinedFile: (.positionLost, "the server no longer has the log from there on")
        case .insufficientPrivilege: (.sourceRejected, "the role lacks a privilege; `millrace check` says which")
        case .configurationLimitExceeded:
            (.sourceRejected, "a limit of the server is reached; `millrace check` says which")
        case .tooManyConnections, .queryCanceled, .serializationFailure: (.sourceUnavailable, nil)
        case .lockNotAvailable: (.sourceUnavailable, "another session keeps a table locked")
        default:
            // Resources, operator intervention, system errors: they pass. The rest is a refusal.
            ["53", "57", "58", "40"].contains(code.conditionClass)
                ? (.sourceUnavailable, nil) : (.sourceRejected, nil)
        }
    }
}

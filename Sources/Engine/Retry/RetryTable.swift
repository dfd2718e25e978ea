internal import Connector

/// What to do about an error: the one place where errors meet policy.
enum RetryTable {
    enum Decision: Equatable {
        /// Infrastructure: try again for ever, with back-off.
        case retry
        /// The target may be another one: read its marker before anything more is written.
        case verifyTarget
        /// Nothing gets better by itself.
        case stop
    }

    static func decision(for error: any Error) -> Decision {
        guard let error = error as? MillraceError else { return error is CancellationError ? .stop : .retry }
        switch error.code {
        case .sinkUnavailable, .sourceUnavailable, .stateUnavailable: return .retry
        case .sinkReplaced: return .verifyTarget
        default: return .stop
        }
    }
}

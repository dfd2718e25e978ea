public import Audit
public import Connector

/// What the socket answers: one line of JSON. An answer holds `error` or what was asked for.
public struct ControlAnswer: Codable, Sendable, Equatable {
    public var error: ControlFailure?
    public var status: StatusReport?
    public var parked: [ParkedReport]?
    /// How many there were.
    public var count: Int?
    public var checkpoint: CheckpointReport?
    public var audit: AuditReport?
    public var auditProgress: AuditProgress?
    /// The newest position of the source's log.
    public var head: UInt64?

    /// An answer that only says that it was done.
    public init() {}
}

/// Why a request was refused.
public struct ControlFailure: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    /// The name of a ``Connector/MillraceError/Code``.
    public var code: String
    public var message: String

    /// - Parameter error: the error to speak of, in its own words if it is one of ours.
    public init(_ error: any Error) {
        switch error {
        case let failure as ControlFailure: self = failure
        case let error as MillraceError: self.init(error.code, error.description)
        case let errors as ConfigurationErrors: self.init(.configuration, errors.description)
        default: self.init(.invariant, String(describing: type(of: error)))
        }
    }

    /// - Parameter message: a sentence for the operator.
    public init(_ code: MillraceError.Code, _ message: String) {
        self.code = code.description
        self.message = message
    }

    public var description: String { message }

    /// Whether asking again later may succeed.
    public var isPassing: Bool { code == MillraceError.Code.sourceUnavailable.description }

    /// Whether what was asked for is wrong, and not how it went.
    public var isConfiguration: Bool { code == MillraceError.Code.configuration.description }
}

/// What went wrong between us and a PostgreSQL server.
///
/// The description never carries a row's value, a statement or a secret: the server's own sentence is kept only for
/// conditions whose sentences hold names and settings, its DETAIL and CONTEXT never.
public struct PostgresError: Error, Equatable, Sendable {
    /// What kind of failure it is; what to do about it is decided elsewhere, by kind and ``code``.
    public enum Kind: Sendable, Equatable {
        /// The connection string or a name given to us cannot be used.
        case configuration
        /// No server answered there, or it is starting up or shutting down.
        case unreachable
        /// The server was reached and did not let us in, or TLS could not be agreed.
        case authentication
        /// The connection ended: the server went away, ended our session, or the network failed.
        case connectionLost
        /// The call was interrupted by our own side.
        case interrupted
        /// Nothing came within the time allowed.
        case timeout
        /// More came than is read at once.
        case answerTooLarge
        /// The server refused or failed a command; ``code`` says why.
        case server
        /// The other side did not keep to the protocol, or sent something that this version does not know.
        case protocolViolation
    }

    public var kind: Kind
    /// The SQLSTATE, where the server gave one.
    public var code: SQLState?
    /// The severity as the server gives it, never translated: ERROR, FATAL or PANIC.
    public var severity: String?
    /// A sentence for the operator, safe to log.
    public var message: String

    public init(_ kind: Kind, code: SQLState? = nil, severity: String? = nil, message: String) {
        self.kind = kind
        self.code = code
        self.severity = severity
        self.message = message
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        guard let code else { return message }
        return "\(message) (SQLSTATE \(code))"
    }
}

extension PostgresError {
    static let unreadableConnectionString = PostgresError(
        .configuration, message: "the connection string is neither a postgresql:// URL nor a conninfo string")
    static let interrupted = PostgresError(.interrupted, message: "the connection was interrupted")
    static let lost = PostgresError(.connectionLost, message: "the connection to the PostgreSQL server was lost")

    static func silent(for time: Duration) -> PostgresError {
        PostgresError(
            .timeout, message: "the PostgreSQL server has been silent for \(time.components.seconds) s within a command"
        )
    }

    static func answerTooLarge(_ bytesMax: Int) -> PostgresError {
        PostgresError(
            .answerTooLarge, message: "the PostgreSQL server's answer has more than \(bytesMax >> 20) MB")
    }

    static func protocolViolation(_ message: String) -> PostgresError {
        PostgresError(.protocolViolation, message: message)
    }
}

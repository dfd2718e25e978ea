/// What went wrong between us and a MongoDB server.
///
/// The description never carries a document's value, a URL or a secret: of the server's report only number and name are
/// kept, and of the driver's own sentences only those that speak of hosts and the network.
public struct MongoError: Error, Equatable, Sendable {
    /// What kind of failure it is; what to do about it is decided elsewhere, by kind and ``code``.
    public enum Kind: Sendable, Equatable {
        /// The connection string cannot be used.
        case configuration
        /// No server that would do could be reached.
        case unreachable
        /// A server was reached and did not let us in.
        case authentication
        /// The connection ended, or an answer did not come in time.
        case connectionLost
        /// The server refused or failed a command; ``code`` says why.
        case server
        /// The other side sent what the protocol does not allow.
        case protocolViolation
        /// More came than is read at once.
        case answerTooLarge
    }

    public var kind: Kind
    /// The server's number, where it gave one.
    public var code: MongoErrorCode?
    /// The server's name for the number, such as `CursorNotFound`.
    public var codeName: String?
    /// Whether the server says that a change stream can be resumed after it.
    public var isLabelledResumable: Bool
    /// A sentence for the operator, safe to log.
    public var message: String

    public init(
        _ kind: Kind, code: MongoErrorCode? = nil, codeName: String? = nil, isLabelledResumable: Bool = false,
        message: String
    ) {
        self.kind = kind
        self.code = code
        self.codeName = codeName
        self.isLabelledResumable = isLabelledResumable
        self.message = message
    }
}

extension MongoError: CustomStringConvertible {
    public var description: String {
        guard let code else { return message }
        return "\(message) (\(code.rawValue)\(codeName.map { " \($0)" } ?? ""))"
    }
}

extension MongoError {
    static func protocolViolation(_ message: String) -> MongoError {
        MongoError(.protocolViolation, message: message)
    }

    static func answerTooLarge(_ bytesMax: Int) -> MongoError {
        MongoError(.answerTooLarge, message: "the MongoDB server's answer has more than \(bytesMax >> 20) MB")
    }
}

/// The number of a server's error, such as 286. Open: new ones do not break a caller.
public struct MongoErrorCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public static let hostUnreachable = Self(rawValue: 6)
    public static let hostNotFound = Self(rawValue: 7)
    public static let unauthorized = Self(rawValue: 13)
    public static let authenticationFailed = Self(rawValue: 18)
    public static let namespaceNotFound = Self(rawValue: 26)
    public static let cursorNotFound = Self(rawValue: 43)
    public static let maxTimeExpired = Self(rawValue: 50)
    public static let commandNotFound = Self(rawValue: 59)
    public static let staleConfiguration = Self(rawValue: 63)
    public static let notReplicaSetMember = Self(rawValue: 76)
    public static let networkTimeout = Self(rawValue: 89)
    public static let shutdownInProgress = Self(rawValue: 91)
    public static let failedToSatisfyReadPreference = Self(rawValue: 133)
    public static let readConcernMajorityNotAvailable = Self(rawValue: 134)
    public static let staleEpoch = Self(rawValue: 150)
    public static let cappedPositionLost = Self(rawValue: 136)
    public static let primarySteppedDown = Self(rawValue: 189)
    public static let retryChangeStream = Self(rawValue: 234)
    public static let cursorKilled = Self(rawValue: 237)
    public static let interrupted = Self(rawValue: 11601)
    public static let snapshotTooOld = Self(rawValue: 239)
    public static let snapshotUnavailable = Self(rawValue: 246)
    public static let invalidResumeToken = Self(rawValue: 260)
    public static let exceededTimeLimit = Self(rawValue: 262)
    public static let changeStreamFatal = Self(rawValue: 280)
    public static let changeStreamHistoryLost = Self(rawValue: 286)
    public static let interruptedByStepDown = Self(rawValue: 11602)
    public static let interruptedAtShutdown = Self(rawValue: 11600)
    public static let socketException = Self(rawValue: 9001)
    public static let notWritablePrimary = Self(rawValue: 10107)
    public static let objectTooLarge = Self(rawValue: 10334)
    public static let staleShardVersion = Self(rawValue: 13388)
    public static let notPrimaryNoSecondaryOk = Self(rawValue: 13435)
    public static let notPrimaryOrSecondary = Self(rawValue: 13436)

    /// What passes by itself or with another primary: the codes of the drivers' retryable reads, and those of an
    /// operation that somebody ended.
    public static let passing: Set<MongoErrorCode> = [
        .hostUnreachable, .hostNotFound, .networkTimeout, .shutdownInProgress, .primarySteppedDown, .exceededTimeLimit,
        .interruptedByStepDown, .interruptedAtShutdown, .socketException, .notWritablePrimary,
        .notPrimaryNoSecondaryOk, .notPrimaryOrSecondary, .failedToSatisfyReadPreference,
        .readConcernMajorityNotAvailable, .retryChangeStream, .maxTimeExpired, .cursorNotFound,
        .cursorKilled, .interrupted,
    ]
}

/// A five-character condition code (PostgreSQL documentation, appendix A).
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public var description: String { rawValue }

    /// The first two characters: the class of the condition.
    public var conditionClass: Substring { rawValue.prefix(2) }

    public static let featureNotSupported = SQLState(rawValue: "0A000")
    public static let invalidAuthorization = SQLState(rawValue: "28000")
    public static let invalidPassword = SQLState(rawValue: "28P01")
    public static let invalidCatalogName = SQLState(rawValue: "3D000")
    public static let serializationFailure = SQLState(rawValue: "40001")
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    public static let undefinedColumn = SQLState(rawValue: "42703")
    public static let undefinedObject = SQLState(rawValue: "42704")
    public static let duplicateObject = SQLState(rawValue: "42710")
    public static let undefinedTable = SQLState(rawValue: "42P01")
    public static let tooManyConnections = SQLState(rawValue: "53300")
    public static let configurationLimitExceeded = SQLState(rawValue: "53400")
    public static let objectNotInPrerequisiteState = SQLState(rawValue: "55000")
    public static let objectInUse = SQLState(rawValue: "55006")
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    public static let queryCanceled = SQLState(rawValue: "57014")
    public static let adminShutdown = SQLState(rawValue: "57P01")
    public static let crashShutdown = SQLState(rawValue: "57P02")
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
    public static let undefinedFile = SQLState(rawValue: "58P01")

    /// Whether the server's sentence for this condition holds only names, settings and limits.
    ///
    /// Left out on purpose: data exceptions (22) quote the offending value, syntax errors quote the statement, and
    /// raised exceptions and internal errors say whatever their author liked.
    var hasSafeMessage: Bool {
        switch conditionClass {
        case "08", "0A", "25", "28", "3D", "3F", "40", "53", "54", "55", "57", "58": true
        case "42":
            ["42501", "42703", "42704", "42710", "42883", "42P01", "42P07", "42939", "42P10", "42P17"]
                .contains(rawValue)
        default: false
        }
    }

    /// What kind of failure the condition is, when it ends an established session or refuses one.
    var kind: PostgresError.Kind {
        switch conditionClass {
        case "08": .connectionLost
        case "28": .authentication
        case "3D": .configuration
        case "57" where self != .queryCanceled: .connectionLost
        default: .server
        }
    }
}

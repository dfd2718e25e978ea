internal import BoltCodec
internal import Connector

/// What is asked of a server.
enum BoltRequest: Sendable {
    /// Greets; before 5.1 with the credentials in it.
    case hello(BoltGreeting)
    case logon(BoltGreeting)
    case begin(database: String?)
    /// A statement with the map of its parameters as PackStream.
    case run(String, parameters: PackStreamWriter?, database: String?)
    /// Every record of what was run last.
    case pull
    case commit
    case rollback
    case reset
    case goodbye
    case route(context: [String: PackStreamValue], database: String?)

    /// The message of it in a version of the protocol.
    func message(_ version: BoltVersion) -> [UInt8] {
        var writer = PackStreamWriter()
        switch self {
        case .hello(let greeting):
            writer.beginStructure(BoltTag.hello, fields: 1)
            writer.append(.map(greeting.hello(version)))
        case .logon(let greeting):
            writer.beginStructure(BoltTag.logon, fields: 1)
            writer.append(.map(greeting.authentication))
        case .begin(let database):
            writer.beginStructure(BoltTag.begin, fields: 1)
            writer.append(Self.extra(database))
        case .run(let statement, let parameters, let database):
            writer.beginStructure(BoltTag.run, fields: 3)
            writer.append(statement)
            if let parameters { writer.append(parameters) } else { writer.beginMap(0) }
            writer.append(Self.extra(database))
        case .pull:
            writer.beginStructure(BoltTag.pull, fields: 1)
            writer.append(.map(["n": .integer(-1)]))
        case .commit: writer.beginStructure(BoltTag.commit, fields: 0)
        case .rollback: writer.beginStructure(BoltTag.rollback, fields: 0)
        case .reset: writer.beginStructure(BoltTag.reset, fields: 0)
        case .goodbye: writer.beginStructure(BoltTag.goodbye, fields: 0)
        case .route(let context, let database):
            writer.beginStructure(BoltTag.route, fields: 3)
            writer.append(.map(context))
            writer.append(.list([]))
            writer.append(Self.extra(database))
        }
        return writer.bytes
    }

    private static func extra(_ database: String?) -> PackStreamValue {
        .map(database.map { ["db": .text($0)] } ?? [:])
    }
}

/// Who greets, and how.
struct BoltGreeting: Sendable {
    var user: String?
    var password: Secret?
    /// What a routing server is told of the address that was asked; nil for a server that is asked alone.
    var routing: [String: PackStreamValue]?

    static let agent = "millrace/1.0"

    var authentication: [String: PackStreamValue] {
        guard let user else { return ["scheme": .text("none")] }
        return [
            "scheme": .text("basic"), "principal": .text(user), "credentials": .text(password?.revealed ?? ""),
        ]
    }

    func hello(_ version: BoltVersion) -> [String: PackStreamValue] {
        var fields: [String: PackStreamValue] = ["user_agent": .text(Self.agent)]
        if let routing { fields["routing"] = .map(routing) }
        if version.hasAgent {
            fields["bolt_agent"] = .map(["product": .text(Self.agent), "language": .text("Swift")])
        }
        if version.hasNotificationFilter { fields["notifications_minimum_severity"] = .text("OFF") }
        if !version.hasLogon { fields.merge(authentication) { $1 } }
        if !version.countsInUTC { fields["patch_bolt"] = .list([.text("utc")]) }
        return fields
    }
}

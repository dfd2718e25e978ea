internal import Connector

/// What the sink itself is told, beside its mappings.
struct Neo4jOptions: Sendable {
    enum Constraints: String, CaseIterable, Sendable {
        case create
        case verify
        case off
    }

    var address: BoltAddress
    var tls: TLSOptions
    var connectTimeout: Duration
    /// How long the server may be silent while something is asked of it.
    var timeout: Duration
    var lanes: Int
    var batchCountMax: Int
    var batchBytesMax: Int
    /// How long the version of something deleted is remembered.
    var tombstoneLifetime: Duration
    var constraints: Constraints
    /// Where `url` stands in the pipeline file.
    var urlLocation: SourceLocation

    static let descriptors: [OptionDescriptor] =
        [
            OptionDescriptor(
                "url", .secret, isRequired: true,
                "bolt://[user:password@]host[:port][/database]; neo4j:// asks the cluster which member takes writes; +s is TLS, "
                    + "+ssc TLS with any certificate."),
            OptionDescriptor("username", .text, "The user, where the URL names none."),
            OptionDescriptor("password", .secret, "The password of `username`."),
            OptionDescriptor(
                "database", .text, "The database, where the URL names none; the user's own without either."),
        ] + TLSOptions.descriptors + [
            OptionDescriptor(
                "timeout", .duration, default: "60s", "How long the server may be silent while it is asked something."),
            OptionDescriptor("connect_timeout", .duration, default: "5s", "How long connecting may take."),
            OptionDescriptor(
                "lanes", .integer(1...64), default: "2",
                "How many transactions write nodes at once; relationships are written by one at a time."),
            OptionDescriptor(
                "batch_count", .integer(1...100_000), default: "1000",
                "How many rows one transaction holds at the most."),
            OptionDescriptor(
                "batch_bytes", .byteCount, default: "2MB",
                "How many bytes of row values one transaction holds at the most."
            ),
            OptionDescriptor(
                "tombstone_ttl", .duration, default: "1d",
                "How long the version of something deleted is remembered, so that an older write does not bring it back: "
                    + "longer than any replay reaches back."),
            OptionDescriptor(
                "constraints", .choice(Constraints.allCases.map(\.rawValue)), default: "create",
                "Uniqueness constraints on the keys of nodes, and indices on relationships: create, verify, or off."),
        ]

    /// - Throws: ``ConfigurationErrors`` with the place of each wrong option.
    init(_ values: OptionValues) throws {
        var errors: [Diagnostic] = []
        urlLocation = values.location(of: "url")
        do throws(BoltAddress.Problem) {
            address = try BoltAddress(parsing: values.secret("url")?.revealed ?? "")
        } catch {
            throw ConfigurationErrors([values.error(at: "url", "\(error)")])
        }
        if let user = values.text("username") {
            if address.user != nil { errors.append(values.error(at: "username", "the URL names a user too")) }
            address.user = user
            address.password = values.secret("password")
        } else if values["password"] != nil {
            errors.append(values.error(at: "password", "password needs a username"))
        }
        if let database = values.text("database") {
            if address.database != nil { errors.append(values.error(at: "database", "the URL names a database too")) }
            address.database = database
        }
        tls = TLSOptions(
            values, isEncrypted: address.encryption != .none, scheme: "bolt+s:// or neo4j+s://", errors: &errors)
        connectTimeout = values.duration("connect_timeout") ?? .seconds(5)
        timeout = values.duration("timeout") ?? .seconds(60)
        lanes = values.integer("lanes") ?? 2
        batchCountMax = values.integer("batch_count") ?? 1000
        batchBytesMax = values.byteCount("batch_bytes") ?? 2 << 20
        tombstoneLifetime = values.duration("tombstone_ttl") ?? .seconds(86_400)
        constraints = values.text("constraints").flatMap(Constraints.init) ?? .create
        if !errors.isEmpty { throw ConfigurationErrors(errors) }
    }
}

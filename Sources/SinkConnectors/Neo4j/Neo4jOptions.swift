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
    var sending: SendingOptions
    /// How long the version of something deleted is remembered.
    var tombstoneLifetime: Duration
    var constraints: Constraints
    /// Where `url` stands in the pipeline file.
    var urlLocation: SourceLocation

    private static let sending = SendingOptions(timeout: .seconds(60), batchCountMax: 1000, batchBytesMax: 2 << 20)

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
        ] + TLSOptions.descriptors
        + sending.descriptors(
            timeout: "the server may be silent while it is asked something",
            lanes: "transactions write nodes at once; relationships are written by one at a time",
            batch: "one transaction") + [
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
        sending = SendingOptions(values, defaults: Self.sending, errors: &errors)
        tombstoneLifetime = values.duration("tombstone_ttl") ?? .seconds(86_400)
        values.requirePositive("tombstone_ttl", tombstoneLifetime, &errors)
        constraints = values.text("constraints").flatMap(Constraints.init) ?? .create
        if !errors.isEmpty { throw ConfigurationErrors(errors) }
    }
}

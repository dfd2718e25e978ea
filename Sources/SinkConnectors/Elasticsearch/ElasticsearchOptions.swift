internal import Connector

/// What the sink itself is told: where the cluster is, who we are, and how much to send at once.
struct ElasticsearchOptions: Sendable {
    /// The nodes, asked in turn.
    var nodes: [HTTPAddress]
    var credentials: Credentials
    var tls: TLSOptions
    /// Whether request bodies are compressed.
    var isCompressing: Bool
    /// How long one request may take in all.
    var timeout: Duration
    var connectTimeout: Duration
    var lanes: Int
    var batchCountMax: Int
    var batchBytesMax: Int
    /// Where `url` stands in the pipeline file.
    var urlLocation: SourceLocation
    /// The index that keeps the markers of every pipeline.
    var markerIndex: String

    /// How the sink names itself to the cluster.
    enum Credentials: Sendable {
        case none
        case basic(user: String, password: Secret)
        /// The encoded form: base64 of `id:key`.
        case apiKey(Secret)
        case bearer(Secret)
    }
}

extension ElasticsearchOptions {
    static let descriptors: [OptionDescriptor] =
        [
            OptionDescriptor(
                "url", .secret, isRequired: true,
                "The nodes' addresses, separated by commas, with a user and password if need be; without a port, 9200 for http "
                    + "and 443 for https."),
            OptionDescriptor("username", .text, "The user of basic authentication."),
            OptionDescriptor("password", .secret, "The password of `username`."),
            OptionDescriptor("api_key", .secret, "An API key in its encoded form, as the cluster hands it out."),
            OptionDescriptor("bearer_token", .secret, "A bearer token, such as a service account's."),
        ] + TLSOptions.descriptors + [
            OptionDescriptor("compression", .boolean, default: "false", "Whether request bodies are sent as gzip."),
            OptionDescriptor("timeout", .duration, default: "60s", "How long one request may take in all."),
            OptionDescriptor("connect_timeout", .duration, default: "5s", "How long connecting may take."),
            OptionDescriptor("lanes", .integer(1...64), default: "2", "How many bulk requests are in flight at once."),
            OptionDescriptor(
                "batch_count", .integer(1...100_000), default: "2000",
                "How many writes one bulk request holds at the most."
            ),
            OptionDescriptor(
                "batch_bytes", .byteCount, default: "6MB",
                "How many bytes of row values one bulk request holds at the most; the cluster takes 100 MB."),
            OptionDescriptor(
                "marker_index", .text, default: "millrace-markers",
                "The index in which each sink leaves the mark that a wiped or swapped cluster is noticed by."),
        ]

    /// - Throws: ``ConfigurationErrors`` with everything that is wrong.
    init(_ values: OptionValues) throws {
        var errors: [Diagnostic] = []
        nodes = []
        urlLocation = values.location(of: "url")
        var embedded: Credentials = .none
        for text in (values.secret("url")?.revealed ?? "").split(separator: ",", omittingEmptySubsequences: true) {
            do throws(HTTPAddress.ParseError) {
                let node = try HTTPAddress.parse(String(text), defaultPort: 9200)
                nodes.append(node.address)
                if let user = node.user { embedded = .basic(user: user, password: node.password ?? Secret("")) }
            } catch {
                errors.append(values.error(at: "url", error.description))
            }
        }
        if nodes.isEmpty, errors.isEmpty { errors.append(values.error(at: "url", "url names no node")) }
        credentials = Self.credentials(values, embedded: embedded, errors: &errors)
        tls = TLSOptions(
            values, isEncrypted: nodes.isEmpty || nodes.contains(where: \.isSecure), scheme: "https://", errors: &errors
        )
        isCompressing = values.boolean("compression") ?? false
        timeout = values.duration("timeout") ?? .seconds(60)
        connectTimeout = values.duration("connect_timeout") ?? .seconds(5)
        lanes = values.integer("lanes") ?? 2
        batchCountMax = values.integer("batch_count") ?? 2000
        batchBytesMax = values.byteCount("batch_bytes") ?? 6 << 20
        markerIndex = values.text("marker_index") ?? "millrace-markers"
        if let reason = IndexName.problem(with: markerIndex) {
            errors.append(values.error(at: "marker_index", "marker_index is no name for an index: \(reason)"))
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    }

    private static func credentials(
        _ values: OptionValues, embedded: Credentials, errors: inout [Diagnostic]
    ) -> Credentials {
        let names = ["username", "api_key", "bearer_token"].filter { values[$0] != nil }
        if let second = names.dropFirst().first {
            errors.append(values.error(at: second, "\(names[0]) and \(second) exclude each other"))
        }
        if let user = values.text("username") {
            guard let password = values.secret("password") else {
                errors.append(values.error(at: "username", "username needs a password"))
                return .none
            }
            return .basic(user: user, password: password)
        }
        if values["password"] != nil {
            errors.append(values.error(at: "password", "password needs a username"))
        }
        if let key = values.secret("api_key") { return .apiKey(key) }
        if let token = values.secret("bearer_token") { return .bearer(token) }
        return embedded
    }
}

internal import Connector

/// What the sink itself is told: where the cluster is, who we are, and how much to send at once.
struct ElasticsearchOptions: Sendable {
    /// The nodes, asked in turn.
    var nodes: [HTTPAddress]
    var credentials: Credentials
    var tls: TLSOptions
    /// Whether request bodies are compressed.
    var isCompressing: Bool
    var sending: SendingOptions
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
    private static let sending = SendingOptions(timeout: .seconds(60), batchCountMax: 2000, batchBytesMax: 6 << 20)

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
            OptionDescriptor("compression", .boolean, default: "false", "Whether request bodies are sent as gzip.")
        ]
        + sending.descriptors(
            timeout: "one request may take in all", lanes: "bulk requests are in flight at once",
            batch: "one bulk request") + [
            OptionDescriptor(
                "marker_index", .text, default: "millrace-markers",
                "The index in which each sink leaves the mark that a wiped or swapped cluster is noticed by.")
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
        sending = SendingOptions(values, defaults: Self.sending, errors: &errors)
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

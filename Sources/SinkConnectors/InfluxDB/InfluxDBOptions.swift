internal import Connector
internal import Foundation

/// What the sink itself is told: where the server is, who we are, and how much to send at once.
struct InfluxDBOptions: Sendable {
    /// Which of the ways to write is used; each server of a later version has the first one too.
    enum API: String, CaseIterable, Sendable {
        /// `/write`
        case v1
        /// `/api/v2/write`
        case v2
        /// `/api/v3/write_lp`
        case v3
    }

    /// How the sink names itself to the server.
    enum Credentials: Sendable {
        case none
        case basic(user: String, password: Secret)
        case token(Secret)
    }

    var address: HTTPAddress
    /// The database, or the bucket.
    var database: String
    var retentionPolicy: String?
    var organization: String?
    var api: API
    var credentials: Credentials
    var tls: TLSOptions
    var isCompressing: Bool
    var sending: SendingOptions
    /// The measurement that keeps the markers of every pipeline.
    var markerMeasurement: String
    /// Where `url` stands in the pipeline file.
    var urlLocation: SourceLocation
}

extension InfluxDBOptions {
    private static let sending = SendingOptions(timeout: .seconds(60), batchCountMax: 5000, batchBytesMax: 4 << 20)

    static let descriptors: [OptionDescriptor] =
        [
            OptionDescriptor(
                "url", .secret, isRequired: true,
                "http[s]://[user:password@]host[:port][/database]; without a port, 8086 for http and 443 for https."),
            OptionDescriptor("database", .text, "The database, or the bucket of InfluxDB 2, where the URL names none."),
            OptionDescriptor(
                "retention_policy", .text, "The retention policy of `api: v1`; the database's own without it."),
            OptionDescriptor("organization", .text, "The organization of `api: v2`."),
            OptionDescriptor(
                "api", .choice(API.allCases.map(\.rawValue)), default: "v1",
                "Which way to write is used: v1 /write, v2 /api/v2/write, v3 /api/v3/write_lp."),
            OptionDescriptor("token", .secret, "The token of `api: v2` or `v3`."),
        ] + TLSOptions.descriptors + [
            OptionDescriptor("compression", .boolean, default: "true", "Whether points are sent as gzip.")
        ]
        + sending.descriptors(
            timeout: "one request may take in all", lanes: "requests are in flight at once", batch: "one request") + [
            OptionDescriptor(
                "marker_measurement", .text, default: "millrace_markers",
                "The measurement in which each sink leaves the mark that a wiped or swapped database is noticed by.")
        ]

    /// - Throws: ``ConfigurationErrors`` with everything that is wrong.
    init(_ values: OptionValues) throws {
        var errors: [Diagnostic] = []
        urlLocation = values.location(of: "url")
        address = HTTPAddress(isSecure: false, host: "127.0.0.1", port: 8086)
        var embedded: Credentials = .none
        var named: String?
        do throws(HTTPAddress.ParseError) {
            let parsed = try HTTPAddress.parse(values.secret("url")?.revealed ?? "", defaultPort: 8086)
            (address, named) = Self.database(in: parsed.address)
            if let user = parsed.user { embedded = .basic(user: user, password: parsed.password ?? Secret("")) }
        } catch {
            errors.append(values.error(at: "url", error.description, hint: "such as http://127.0.0.1:8086/shop"))
        }
        if let given = values.text("database") {
            // The path is then one in front of every request, as of a proxy.
            if let named { address.path += "/" + PathPart.encode(named) }
            named = given
        }
        database = named ?? ""
        if database.isEmpty, errors.isEmpty {
            errors.append(
                values.error(at: "url", "no database is named", hint: "as the URL's path, or with `database`"))
        }
        api = values.text("api").flatMap(API.init) ?? .v1
        retentionPolicy = values.text("retention_policy")
        organization = values.text("organization")
        for (name, only) in [("retention_policy", API.v1), ("organization", .v2)] where values[name] != nil {
            if api != only {
                errors.append(values.error(at: name, "\(name) has a meaning for api: \(only.rawValue) alone"))
            }
        }
        if api == .v2, organization == nil {
            errors.append(values.error(at: "api", "api: v2 needs the organization that the bucket belongs to"))
        }
        credentials = values.secret("token").map { .token($0) } ?? embedded
        if values["token"] != nil, case .basic = embedded {
            errors.append(values.error(at: "token", "a token, and a user in the URL, exclude each other"))
        }
        tls = TLSOptions(
            values, isEncrypted: address.isSecure || !errors.isEmpty, scheme: "https://", errors: &errors)
        isCompressing = values.boolean("compression") ?? true
        sending = SendingOptions(values, defaults: Self.sending, errors: &errors)
        markerMeasurement = values.text("marker_measurement") ?? "millrace_markers"
        if let reason = PointName.problem(with: markerMeasurement) {
            errors.append(values.error(at: "marker_measurement", "marker_measurement is no name: \(reason)"))
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    }

    /// Takes the last part of the path as the database's name.
    private static func database(in address: HTTPAddress) -> (HTTPAddress, String?) {
        guard let slash = address.path.lastIndex(of: "/") else { return (address, nil) }
        var rest = address
        let name = address.path[address.path.index(after: slash)...]
        rest.path = String(address.path[..<slash])
        return (rest, String(name).removingPercentEncoding ?? String(name))
    }
}

extension InfluxDBOptions.Credentials {
    /// The value of the `Authorization` header.
    func authorization(_ api: InfluxDBOptions.API) -> String? {
        switch self {
        case .none: nil
        case .basic(let user, let password): BasicAuthorization.header(user: user, password: password)
        case .token(let token): (api == .v3 ? "Bearer " : "Token ") + token.revealed
        }
    }

    var isNone: Bool {
        if case .none = self { true } else { false }
    }
}

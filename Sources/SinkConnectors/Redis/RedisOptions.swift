internal import Connector

/// What the sink itself is told, beside its mappings.
struct RedisOptions: Hashable, Sendable {
    var address: RedisAddress
    var tls = TLSOptions()
    var sending = Self.sending
    /// How long the version of something deleted or expired is remembered.
    var tombstoneLifetime: Duration = .seconds(86_400)

    private static let sending = SendingOptions(timeout: .seconds(30), batchCountMax: 1000, batchBytesMax: 1 << 20)

    static let descriptors =
        [
            OptionDescriptor(
                "url", .secret, isRequired: true,
                "The server: redis[s]://[user[:password]@]host[:port][/database]; rediss is TLS.")
        ] + TLSOptions.descriptors
        + sending.descriptors(
            timeout: "the server may be silent while it is asked something", lanes: "connections write at once",
            batch: "one pipeline") + [
            OptionDescriptor(
                "tombstone_ttl", .duration, default: "1d",
                "How long the version of a deleted or expired key is remembered, so that an older write does not bring it "
                    + "back: longer than any replay reaches back.")
        ]

    init(address: RedisAddress) {
        self.address = address
    }

    /// - Throws: ``Connector/ConfigurationErrors`` with the place of each wrong option.
    init(_ values: OptionValues) throws {
        var errors: [Diagnostic] = []
        do {
            address = try RedisAddress(parsing: values.secret("url")?.revealed ?? "")
        } catch {
            throw ConfigurationErrors([
                values.error(
                    at: "url", "\(error)", hint: "redis://127.0.0.1:6379/0, or rediss://user:password@host:6380/0")
            ])
        }
        tls = TLSOptions(values, isEncrypted: address.isEncrypted, scheme: "rediss://", errors: &errors)
        sending = SendingOptions(values, defaults: Self.sending, errors: &errors)
        tombstoneLifetime = values.duration("tombstone_ttl") ?? tombstoneLifetime
        values.requirePositive("tombstone_ttl", tombstoneLifetime, &errors)
        if !errors.isEmpty { throw ConfigurationErrors(errors) }
    }
}

internal import Connector

/// What the sink itself is told, beside its mappings.
struct RedisOptions: Hashable, Sendable {
    var address: RedisAddress
    var tls = TLSOptions()
    var connectTimeout: Duration = .seconds(5)
    /// How long the server may be silent while something is asked of it.
    var timeout: Duration = .seconds(30)
    var lanes = 2
    var batchCountMax = 1000
    var batchBytesMax = 1 << 20
    /// How long the version of something deleted or expired is remembered.
    var tombstoneLifetime: Duration = .seconds(86_400)

    static let descriptors =
        [
            OptionDescriptor(
                "url", .secret, isRequired: true,
                "The server: redis[s]://[user[:password]@]host[:port][/database]; rediss is TLS.")
        ] + TLSOptions.descriptors + [
            OptionDescriptor(
                "timeout", .duration, default: "30s", "How long the server may be silent while it is asked something."),
            OptionDescriptor("connect_timeout", .duration, default: "5s", "How long connecting may take."),
            OptionDescriptor(
                "lanes", .integer(1...64), default: "2", "How many connections write at once, each a lane of its own."),
            OptionDescriptor(
                "batch_count", .integer(1...100_000), default: "1000", "How many writes one pipeline holds at the most."
            ),
            OptionDescriptor(
                "batch_bytes", .byteCount, default: "1MB",
                "How many bytes of row values one pipeline holds at the most."),
            OptionDescriptor(
                "tombstone_ttl", .duration, default: "1d",
                "How long the version of a deleted or expired key is remembered, so that an older write does not bring it "
                    + "back: longer than any replay reaches back."),
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
        connectTimeout = values.duration("connect_timeout") ?? connectTimeout
        timeout = values.duration("timeout") ?? timeout
        lanes = values.integer("lanes") ?? lanes
        batchCountMax = values.integer("batch_count") ?? batchCountMax
        batchBytesMax = values.byteCount("batch_bytes") ?? batchBytesMax
        tombstoneLifetime = values.duration("tombstone_ttl") ?? tombstoneLifetime
        for (name, duration) in [
            ("connect_timeout", connectTimeout), ("timeout", timeout), ("tombstone_ttl", tombstoneLifetime),
        ] where duration < .milliseconds(1) {
            errors.append(values.error(at: name, "`\(name)` has to be at least 1ms"))
        }
        if batchBytesMax < 1 { errors.append(values.error(at: "batch_bytes", "`batch_bytes` has to be positive")) }
        if !errors.isEmpty { throw ConfigurationErrors(errors) }
    }
}

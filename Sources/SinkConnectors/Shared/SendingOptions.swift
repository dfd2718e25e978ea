internal import Connector

/// How much is sent at once, and how long an answer may take: the same options for every sink that has a server.
struct SendingOptions: Hashable, Sendable {
    var connectTimeout = Duration.seconds(5)
    /// How long an answer may take; each sink says from when.
    var timeout: Duration
    /// How many batches are under way at once.
    var lanes = 2
    var batchCountMax: Int
    /// In bytes of row values.
    var batchBytesMax: Int

    /// A sink's defaults.
    init(timeout: Duration, batchCountMax: Int, batchBytesMax: Int) {
        self.timeout = timeout
        self.batchCountMax = batchCountMax
        self.batchBytesMax = batchBytesMax
    }

    /// The options by which these defaults are changed.
    ///
    /// - Parameters:
    ///   - timeout: what it limits.
    ///   - lanes: what is counted by them.
    ///   - batch: what a batch is to the server.
    func descriptors(timeout: String, lanes: String, batch: String) -> [OptionDescriptor] {
        [
            OptionDescriptor("timeout", .duration, default: Self.text(self.timeout), "How long \(timeout)."),
            OptionDescriptor(
                "connect_timeout", .duration, default: Self.text(connectTimeout), "How long connecting may take."),
            OptionDescriptor("lanes", .integer(1...64), default: "\(self.lanes)", "How many \(lanes)."),
            OptionDescriptor(
                "batch_count", .integer(1...100_000), default: "\(batchCountMax)",
                "How many writes \(batch) holds at the most."),
            OptionDescriptor(
                "batch_bytes", .byteCount, default: "\(batchBytesMax >> 20)MB",
                "How many bytes of row values \(batch) holds at the most."),
        ]
    }

    /// Reads the options of ``descriptors(timeout:lanes:batch:)``.
    init(_ values: OptionValues, defaults: SendingOptions, errors: inout [Diagnostic]) {
        self = defaults
        connectTimeout = values.duration("connect_timeout") ?? connectTimeout
        timeout = values.duration("timeout") ?? timeout
        lanes = values.integer("lanes") ?? lanes
        batchCountMax = values.integer("batch_count") ?? batchCountMax
        batchBytesMax = values.byteCount("batch_bytes") ?? batchBytesMax
        values.requirePositive("connect_timeout", connectTimeout, &errors)
        values.requirePositive("timeout", timeout, &errors)
        if batchBytesMax < 1 { errors.append(values.error(at: "batch_bytes", "`batch_bytes` has to be positive")) }
    }

    private static func text(_ duration: Duration) -> String { "\(duration.components.seconds)s" }
}

extension OptionValues {
    /// Refuses a duration of nothing, in which nothing can be done.
    func requirePositive(_ name: String, _ duration: Duration, _ errors: inout [Diagnostic]) {
        guard duration < .milliseconds(1) else { return }
        errors.append(error(at: name, "`\(name)` has to be at least 1ms"))
    }
}

extension SinkTraits {
    /// What a sink with these options can do.
    init(_ options: SendingOptions, comparesVersions: Bool = true) {
        self.init(
            lanes: options.lanes, batchCountMax: options.batchCountMax, batchBytesMax: options.batchBytesMax,
            comparesVersions: comparesVersions)
    }
}

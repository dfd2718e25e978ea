internal import Connector

/// How a pipeline is audited unasked.
public struct AuditDocument: Sendable, Hashable {
    /// How long after one audit the next begins.
    public var every: Duration
    /// Whether reports leave out the values of rows.
    public var isRedacted: Bool
    /// How many reports are kept.
    public var keep: Int
    /// How many rows a second are read at the most; as many as come when nil.
    public var rowsPerSecond: Int?

    /// The slowest that an audit may go: a batch of rows must not take it longer than it waits for one.
    public static let rowsPerSecondMin = 100

    public init(every: Duration, isRedacted: Bool = true, keep: Int = 30, rowsPerSecond: Int? = nil) {
        self.rowsPerSecond = rowsPerSecond
        self.every = every
        self.isRedacted = isRedacted
        self.keep = keep
    }

    /// The keys of the block.
    static let options: [OptionDescriptor] = [
        OptionDescriptor("every", .duration, isRequired: true, "How long after one audit the next begins."),
        OptionDescriptor(
            "redact", .boolean, default: "true", "Whether the kept reports leave out the values of rows."),
        OptionDescriptor(
            "keep", .integer(1...100_000), default: "30", "How many reports are kept in the state folder."),
        OptionDescriptor(
            "rate", .integer(rowsPerSecondMin...1_000_000_000),
            "How many rows a second are read from the source, and from each sink, at the most. Default: no limit."),
    ]
}

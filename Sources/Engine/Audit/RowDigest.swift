/// A row in sixteen bytes: enough to tell whether a target has it.
public struct RowDigest: Sendable, Hashable {
    /// Hash of the sink key.
    public var key: UInt64
    /// What ``Connector/DigestingSink`` makes of the row; zero where only the key counts.
    public var digest: UInt64

    public init(key: UInt64, digest: UInt64) {
        self.key = key
        self.digest = digest
    }

    /// The digest of a row that only a comparison can tell of: no row that was found has it.
    public static let unknown = UInt64.max
}

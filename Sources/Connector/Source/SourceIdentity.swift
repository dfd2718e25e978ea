/// Which source a position belongs to. Positions are trusted only from the same one.
///
/// PostgreSQL: system identifier, timeline, database and slot. Two identities are the same source when every part is.
public struct SourceIdentity: Hashable, Sendable, Codable {
    /// The parts by name, such as `system: 7312…`.
    public var parts: [String: String]

    public init(_ parts: [String: String]) {
        self.parts = parts
    }

    /// The parts in which another identity differs, by name.
    public func differences(from other: SourceIdentity) -> [String] {
        Set(parts.keys).union(other.parts.keys).filter { parts[$0] != other.parts[$0] }.sorted()
    }
}

extension SourceIdentity: CustomStringConvertible {
    public var description: String {
        parts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

/// How far a stream is durable: what a checkpoint holds, and what is acknowledged.
public struct SourceProgress: Hashable, Sendable, Codable, Comparable {
    /// The commit position of the last transaction that is durable as a whole.
    public var commit: UInt64
    /// What to resume from after it, in the source's own form. PostgreSQL: the commit's end LSN.
    public var end: UInt64

    public init(commit: UInt64, end: UInt64) {
        self.commit = commit
        self.end = end
    }

    public static func < (left: SourceProgress, right: SourceProgress) -> Bool {
        (left.commit, left.end) < (right.commit, right.end)
    }
}

public import Change
public import Connector

/// What a pass over a table found out.
public struct AuditPass: Sendable {
    /// What one sink and mapping showed.
    public struct Line: Sendable {
        public var sink: String
        public var mapping: String
        public var sheet: AuditSheet
        /// Whether every row reached the sink and was looked at.
        public var isWhole: Bool
        /// Why the target could not be read.
        public var failure: MillraceError?
    }

    /// The place in the source's log that the rows were planned at.
    public var commit: UInt64
    public var rowsRead: UInt64
    public var lines: [Line]
    /// Rows that changed while they were looked at, by the values of their primary keys.
    public var overtaken: [[String]]
}

/// How far a pass is.
public struct PassProgress: Sendable, Equatable {
    public var rowsRead: UInt64
    public var rowsEstimated: Int
    /// What the reading waits for at the source; nil while it waits for nothing.
    public var waitsFor: String?
}

/// A mapping that an audit can, or cannot, compare.
public struct AuditTarget: Sendable {
    public var sink: String
    public var mapping: String
    public var table: TableName
    /// Why it cannot be compared; nil where it can.
    public var obstacle: String?
    /// Why rows that the source does not have cannot be found in it; nil where they can.
    public var scanObstacle: String?
    /// Whether its rows can be summed up, so that it can be compared by reading it through.
    public var isDigested = false
}

/// How a pass looks at a mapping.
public struct AuditLook: Sendable {
    public enum Kind: Sendable {
        /// Holds what stands in the target against each row.
        case compare
        /// The same for rows alone whose sink keys have these hashes.
        case compareOnly(Set<UInt64>)
        /// Sums each row up, and does not read the target.
        case digest
    }

    public var sink: String
    public var mapping: String
    public var kind: Kind

    public init(_ kind: Kind, at target: AuditTarget) {
        sink = target.sink
        mapping = target.mapping
        self.kind = kind
    }
}

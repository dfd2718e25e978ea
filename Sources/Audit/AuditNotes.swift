public import Connector

/// How far an audit has come: what another process needs to go on with it.
public struct AuditNotes: Sendable, Codable {
    /// The number of this form of notes; others are not read.
    public static let format = 2

    public var format = Self.format
    /// What was asked for: only the same question is gone on with.
    public var tables: [String]?
    public var isRedacted: Bool
    /// Positions of another epoch mean nothing here.
    public var epoch: UInt8
    /// The tables that are done.
    public var report: AuditReport
    /// The table that is being read.
    public var table: Table?

    /// A table of which some chunks are compared.
    public struct Table: Sendable, Codable {
        public var plan: SnapshotPlan
        /// The chunks before this one are compared in every sink.
        public var chunk: Int
        public var parts: [AuditReport.Part]
        /// Rows that are to be looked at again, by primary key.
        public var unsettled: [[String]]
        /// By part, how many rows each run of digests has that was noted.
        public var runs: [[Int]]
    }
}

/// Where an audit notes how far it has come.
public protocol AuditNotebook: Sendable {
    /// What was noted last; nil where there is nothing that can be read whole.
    func load() throws -> AuditNotes?

    /// Notes how far the audit is. Durable when it returns.
    func save(_ notes: AuditNotes) throws

    /// The digests of the rows of a part of the table that is being read: what the notes tell of.
    func rows(of part: Int) -> any DigestStore

    /// Digests of what stands in the target of a part, for as long as they are needed.
    func entries(of part: Int) -> any DigestStore

    /// Forgets everything.
    func clear() throws
}

internal import Change
public import Connector

/// A parked change as it is listed and shown. Only ``envelope`` and ``key`` hold values of the row, and only whoever
/// owns the state folder can ask for them.
public struct ParkedReport: Codable, Sendable, Equatable {
    public var number: Int64
    public var sink: String
    public var mapping: String
    public var table: String
    public var kind: String
    public var reason: String
    public var version: Int64
    public var commit: UInt64
    public var ordinal: UInt64
    public var parkedAtUs: Int64
    public var replayedAtUs: Int64?
    /// The key's columns as JSON.
    public var key: String
    /// The row's columns as JSON.
    public var envelope: String?

    /// - Parameter showingEnvelope: whether the row is shown and not only its key.
    public init(_ record: ParkedRecord, showingEnvelope: Bool) {
        let change = record.change
        number = record.number
        sink = change.sink
        mapping = change.mapping
        table = change.table.description
        kind = String(describing: change.kind)
        reason = change.reason
        version = change.version.rawValue
        commit = change.position.commit
        ordinal = change.position.ordinal
        parkedAtUs = change.parkedAt
        replayedAtUs = record.replayedAt
        key = change.keyJSON
        envelope = showingEnvelope ? change.envelopeJSON : nil
    }
}

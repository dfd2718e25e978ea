import Change
import Connector

/// What the database keeps for the pipeline: how far it may forget, which stream of the database it is.
final class ReplicationSlot: @unchecked Sendable {
    /// Everything that ends at or before is forgotten; nil before the slot is made.
    var confirmed: UInt64?
    /// Rises when another server takes over.
    var timeline = 1
    /// Whether the slot was lost with what it had kept.
    var hasGap = false
    /// How often it was lost: few losses leave time for what follows them.
    var losses = 0
    /// Counts the streams: what an earlier one had to confirm, nobody hears any more.
    var streams = 0
    /// Until when connections are refused.
    var downUntil = 0
    /// Counts the breaks of connections.
    var breaks = 0

    var identity: SourceIdentity { SourceIdentity(["system": "simulated", "timeline": "\(timeline)"]) }
}

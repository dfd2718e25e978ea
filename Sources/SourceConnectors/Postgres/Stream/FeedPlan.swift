internal import Connector
internal import PostgresClient

/// What a feed's thread needs to know to connect, and to trust what it is connected to.
struct FeedPlan: Sendable {
    var settings: ConnectionSettings
    var slot: String
    /// The pipeline's publications; those that do not exist are left out, except the first.
    var publications: [String]
    /// The source that the positions belong to.
    var identity: SourceIdentity
}

internal import Change
internal import Connector
internal import MongoClient

/// What a feed's thread needs to know to open a stream, and to trust the server that it opens it on.
struct StreamPlan: Sendable {
    var settings: MongoSettings
    /// The source that the positions belong to.
    var identity: SourceIdentity
    var tables: [TableName]
    var request: ChangeStreamRequest
    /// Whether events of different transactions may share a cluster time.
    var sharesTimes: Bool
    var fields: FieldTable
}

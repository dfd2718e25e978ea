public import Connector

/// Makes MongoDB sources.
public struct MongoDBSourceFactory: SourceFactory {
    public init() {}

    public let kind = "mongodb"
    public let summary = "MongoDB 6.0 or later, a replica set, by change streams"
    public let options = MongoDBSourceOptions.descriptors

    public func makeSource(_ context: SourceContext) throws -> any ChangeSource {
        MongoDBSource(options: try MongoDBSourceOptions(context), tables: context.tables, logger: context.logger)
    }
}

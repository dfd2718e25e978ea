public import Connector

/// Every kind of source that Millrace knows.
public enum SourceRegistry {
    public static let all: [any SourceFactory] = [
        PostgresSourceFactory(),
        MongoDBSourceFactory(),
    ]
}

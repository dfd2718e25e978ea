public import Connector

/// Makes PostgreSQL sources.
public struct PostgresSourceFactory: SourceFactory {
    public init() {}

    public let kind = "postgres"
    public let summary = "PostgreSQL 14 or later, by logical replication"
    public let options = PostgresSourceOptions.descriptors

    public func makeSource(_ context: SourceContext) throws -> any ChangeSource {
        PostgresSource(options: try PostgresSourceOptions(context), tables: context.tables, logger: context.logger)
    }
}

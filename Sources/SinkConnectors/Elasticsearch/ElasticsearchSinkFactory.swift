public import Connector

/// Makes Elasticsearch and OpenSearch sinks.
public struct ElasticsearchSinkFactory: SinkFactory {
    public init() {}

    public var kind: String { "elasticsearch" }
    public var summary: String { "Search indices of Elasticsearch 7 to 9 and OpenSearch: one document for each row." }
    public var options: [OptionDescriptor] { ElasticsearchOptions.descriptors }
    public var mappingOptions: [OptionDescriptor] { ElasticsearchMappingOptions.descriptors }

    public func makeSink(_ context: SinkContext) throws -> any ChangeSink {
        let options = try ElasticsearchOptions(context.options)
        let client = try ElasticsearchClient(options, logger: context.logger)
        return ElasticsearchSink(
            pipeline: context.pipeline, name: context.name, options: options, client: client, logger: context.logger)
    }
}

public import Connector

/// Makes Neo4j sinks.
public struct Neo4jSinkFactory: SinkFactory {
    public init() {}

    public var kind: String { "neo4j" }
    public var summary: String { "Graphs of Neo4j 4.4 and 5, over Bolt: nodes and relationships, one for each row." }
    public var options: [OptionDescriptor] { Neo4jOptions.descriptors }
    public var mappingOptions: [OptionDescriptor] { Neo4jMappingOptions.descriptors }

    public func makeSink(_ context: SinkContext) throws -> any ChangeSink {
        Neo4jSink(
            pipeline: context.pipeline, name: context.name, options: try Neo4jOptions(context.options),
            logger: context.logger)
    }
}

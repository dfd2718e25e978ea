internal import Connector

/// Makes sinks that keep rows in a Redis server.
struct RedisSinkFactory: SinkFactory {
    var kind: String { "redis" }
    var summary: String {
        "Keeps rows as hashes, JSON texts, sets, sorted sets or streams in Redis 6.2 or later, or deletes what is cached."
    }
    var options: [OptionDescriptor] { RedisOptions.descriptors }
    var mappingOptions: [OptionDescriptor] { RedisMappingOptions.descriptors }
    var takesMessages: Bool { true }

    func makeSink(_ context: SinkContext) throws -> any ChangeSink {
        RedisSink(
            options: try RedisOptions(context.options), pipeline: context.pipeline, name: context.name,
            source: context.source, logger: context.logger)
    }
}

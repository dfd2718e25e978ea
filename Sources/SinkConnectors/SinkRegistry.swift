public import Connector

/// Every kind of sink; one line each.
public enum SinkRegistry {
    public static let all: [any SinkFactory] = [
        DiscardSinkFactory(),
        ElasticsearchSinkFactory(),
        InfluxDBSinkFactory(),
        Neo4jSinkFactory(),
        RedisSinkFactory(),
        StdoutSinkFactory(),
    ]
}

public import Connector

/// Makes InfluxDB sinks.
public struct InfluxDBSinkFactory: SinkFactory {
    public init() {}

    public var kind: String { "influxdb" }
    public var summary: String {
        "Measurements of InfluxDB 1 to 3: a point for each change, or one for each row at a time of its own."
    }
    public var options: [OptionDescriptor] { InfluxDBOptions.descriptors }
    public var mappingOptions: [OptionDescriptor] { InfluxDBMappingOptions.descriptors }
    public var takesMessages: Bool { true }

    public func makeSink(_ context: SinkContext) throws -> any ChangeSink {
        let options = try InfluxDBOptions(context.options)
        let client = try InfluxDBClient(options)
        return InfluxDBSink(
            pipeline: context.pipeline, name: context.name, options: options, client: client, logger: context.logger)
    }
}

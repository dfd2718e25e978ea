internal import Connector
internal import Foundation

/// Makes sinks that print changes.
struct StdoutSinkFactory: SinkFactory {
    var kind: String { "stdout" }
    var summary: String { "Prints every change as a line of JSON, in Millrace's own form or in Debezium's." }
    var options: [OptionDescriptor] { StdoutOptions.descriptors }
    var mappingOptions: [OptionDescriptor] { [] }
    var takesMessages: Bool { true }

    func makeSink(_ context: SinkContext) throws -> any ChangeSink {
        StdoutSink(
            options: StdoutOptions(context.options, pipeline: context.pipeline), client: .standardOutput,
            clock: Self.microsecondsSince1970)
    }

    private static func microsecondsSince1970() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1_000_000)
    }
}

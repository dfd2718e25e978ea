internal import Connector

/// Makes sinks that read every row and keep none.
struct DiscardSinkFactory: SinkFactory {
    var kind: String { "discard" }
    var summary: String {
        "Reads every cell of every row and keeps nothing: for measuring a pipeline without a target."
    }

    var options: [OptionDescriptor] {
        [
            OptionDescriptor(
                "lanes", .integer(1...64), default: "2", "How many batches are checksummed at once, one per lane.")
        ]
    }

    var mappingOptions: [OptionDescriptor] { [] }
    var takesMessages: Bool { true }

    func makeSink(_ context: SinkContext) throws -> any ChangeSink {
        DiscardSink(lanes: context.options.integer("lanes") ?? 2, logger: context.logger)
    }
}

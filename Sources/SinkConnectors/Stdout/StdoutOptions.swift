internal import Connector

/// What a pipeline file says of standard output.
struct StdoutOptions: Sendable {
    var form: EnvelopeForm
    /// What Debezium's form calls the source: `source.name`.
    var topicPrefix: String
    /// What Debezium's form calls the database: `source.db`.
    var database: String

    static let descriptors: [OptionDescriptor] = [
        OptionDescriptor(
            "form", .choice(EnvelopeForm.allCases.map(\.rawValue)), default: EnvelopeForm.millrace.rawValue,
            "What each line looks like: Millrace's own envelope, or Debezium's."),
        OptionDescriptor(
            "topic_prefix", .text, default: "the pipeline's name", "The source's name in Debezium's form."),
        OptionDescriptor("database", .text, default: "empty", "The database's name in Debezium's form."),
    ]

    init(_ options: OptionValues, pipeline: String) {
        form = options.text("form").flatMap(EnvelopeForm.init) ?? .millrace
        topicPrefix = options.text("topic_prefix") ?? pipeline
        database = options.text("database") ?? ""
    }
}

/// What a line of output looks like.
enum EnvelopeForm: String, CaseIterable, Sendable {
    /// See ``MillraceEnvelope``.
    case millrace
    /// See ``DebeziumEnvelope``.
    case debezium
}

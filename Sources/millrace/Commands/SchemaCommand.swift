internal import ArgumentParser
internal import Pipelines
internal import SinkConnectors
internal import SourceConnectors

/// `millrace schema`
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of pipeline files, for editors.",
        discussion: """
            Save it beside your pipeline files and begin each with a line such as
            # yaml-language-server: $schema=millrace.schema.json
            """)

    func run() throws {
        Console.out(
            PipelineSchema.json(
                sources: SourceRegistry.all.map(SourceKind.init), sinks: SinkRegistry.all.map(SinkKind.init)))
    }
}

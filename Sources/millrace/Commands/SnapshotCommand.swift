internal import ArgumentParser
internal import Change
internal import Control

/// `millrace snapshot`
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Read tables of a running pipeline anew into every sink that they go to.",
        discussion: """
            The rows are read beside the stream, and a row that the stream overtakes is left out. Rows that the source \
            no longer has stay in the sinks. `millrace status` shows how far it is.
            """)

    @Argument(help: ArgumentHelp("The pipeline's name, or its file.", valueName: "pipeline"))
    var pipeline: String

    @Argument(help: ArgumentHelp("Tables, such as public.orders.", valueName: "table"))
    var tables: [TableArgument]

    @Flag(help: "Also delete from the sinks what the source no longer has. This version cannot do it yet.")
    var findDeletes = false

    @OptionGroup var state: StateOptions

    func run() async throws {
        guard !findDeletes else {
            throw CommandFailure(
                .configuration, "--find-deletes is not built yet; without it, rows that the source no longer has stay")
        }
        let name = try PipelineName.resolve(pipeline)
        _ = try await state.ask(name, ControlRequest(.snapshot, tables: tables.map { TableReference($0.table) }))
        Console.out("\(name) reads \(tables.map(\.table.description).joined(separator: ", ")) anew")
    }
}

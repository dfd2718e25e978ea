internal import ArgumentParser
internal import Change
internal import Control

/// `millrace snapshot`
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Read tables of a running pipeline anew into every sink that they go to.",
        discussion: """
            The rows are read beside the stream, and a row that the stream overtakes is left out. With --find-deletes, \
            rows that the source no longer has, or that no longer pass `where`, then leave the sinks; without it they \
            stay. Only what this pipeline wrote is looked at, and a row whose change is parked is spared. \
            `millrace status` shows how far it is.
            """)

    @Argument(help: ArgumentHelp("The pipeline's name, or its file.", valueName: "pipeline"))
    var pipeline: String

    @Argument(help: ArgumentHelp("Tables, such as public.orders.", valueName: "table"))
    var tables: [TableArgument]

    @Flag(help: "Also delete from the sinks what the source no longer has.")
    var findDeletes = false

    @OptionGroup var state: StateOptions

    func run() async throws {
        let name = try PipelineName.resolve(pipeline)
        let request = ControlRequest(
            .snapshot, tables: tables.map { TableReference($0.table) }, findDeletes: findDeletes)
        _ = try await state.ask(name, request)
        let deletes = findDeletes ? ", and deletes what it does not find" : ""
        Console.out("\(name) reads \(tables.map(\.table.description).joined(separator: ", ")) anew\(deletes)")
    }
}

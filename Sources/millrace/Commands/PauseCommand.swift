internal import ArgumentParser
internal import Control

/// `millrace pause`
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Let a running pipeline take nothing new.",
        discussion: """
            What was taken is applied. The connection to the source stays alive, and the source keeps its log for the \
            pipeline until `millrace resume`: do not leave it paused for long.
            """)

    @Argument(help: ArgumentHelp("The pipeline's name, or its file.", valueName: "pipeline"))
    var pipeline: String

    @OptionGroup var state: StateOptions

    func run() async throws {
        let name = try PipelineName.resolve(pipeline)
        _ = try await state.ask(name, ControlRequest(.pause))
        Console.out("\(name) is paused")
    }
}

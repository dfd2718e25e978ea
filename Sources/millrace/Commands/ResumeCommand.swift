internal import ArgumentParser
internal import Control

/// `millrace resume`
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused pipeline go on.")

    @Argument(help: ArgumentHelp("The pipeline's name, or its file.", valueName: "pipeline"))
    var pipeline: String

    @OptionGroup var state: StateOptions

    func run() async throws {
        let name = try PipelineName.resolve(pipeline)
        _ = try await state.ask(name, ControlRequest(.resume))
        Console.out("\(name) goes on")
    }
}

internal import ArgumentParser
internal import Pipelines

/// `millrace remove`
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Retire a stopped pipeline: its slot, its publication, its markers and its state.",
        discussion: """
            Nothing is left at the source that would keep its log and fill its disk. The rows in the sinks stay. If \
            something cannot be reached the command fails, and can be given again.
            """)

    @Argument(
        help: ArgumentHelp("The pipeline's file.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Flag(help: "Do it without asking again.")
    var yes = false

    @OptionGroup var state: StateOptions
    @OptionGroup var logs: LogOptions

    func run() async throws {
        try Confirmation.require(yes, "this forgets the pipeline's positions and its parked changes for good")
        logs.start()
        let retirement = try Retirement(Assembly(Assembly.reader.read(file: file)), folder: state.folder)
        let epoch = try await retirement.remove()
        Console.out("the pipeline is removed; its rows in the sinks stay")
        // A pipeline begins in epoch 0, in which every write of such a key would be refused as stale.
        guard epoch > 0 else { return }
        Console.out("they bear epoch \(epoch): delete them before another pipeline writes to the same places")
    }
}

internal import ArgumentParser

/// `millrace parked`
struct ParkedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked",
        abstract: "List, show, replay or discard the changes that a sink could not take.",
        discussion: """
            A change that its sink will never take is set aside with its reason, and the rest goes on. Mend what made \
            it fail, then replay it, which reads the row anew; or discard it.
            """,
        subcommands: [List.self, Show.self, Replay.self, Discard.self])
}

/// Which parked changes: options of every command about them.
struct ParkedOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The pipeline's name, or its file.", valueName: "pipeline"))
    var pipeline: String

    @OptionGroup var state: StateOptions
}

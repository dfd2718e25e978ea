internal import ArgumentParser
internal import Checkpoints
internal import Control
internal import Pipelines

/// `millrace checkpoint`
struct CheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "List what pipelines remember, or make one begin anew.",
        subcommands: [List.self, Reset.self])

    /// `millrace checkpoint list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List positions and snapshots as they are saved, of running pipelines too.")

        @Argument(help: ArgumentHelp("A pipeline's name, or its file. Default: all.", valueName: "pipeline"))
        var pipelines: [String] = []

        @OptionGroup var state: StateOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let names = try pipelines.isEmpty ? state.folder.pipelines() : pipelines.map(PipelineName.resolve)
            var reports: [CheckpointReport] = []
            for name in names {
                let answer = try await state.askOrRead(name, ControlRequest(.checkpoints))
                if let report = answer.checkpoint { reports.append(report) }
            }
            if json { return Console.out(String(decoding: try ControlJSON.encode(reports), as: UTF8.self)) }
            Console.out(reports.flatMap(StatusText.lines).joined(separator: "\n"))
        }
    }

    /// `millrace checkpoint reset`
    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget how far a stopped pipeline's sinks have come.",
            discussion: """
                The next run reads every table anew into these sinks. Rows that the source no longer has stay there. \
                Also takes the pipeline's marker out of the sinks, so that a wiped or restored one is accepted again.
                """)

        @Argument(
            help: ArgumentHelp("The pipeline's file.", valueName: "file"),
            completion: .file(extensions: ["yaml", "yml"]))
        var file: String

        @Option(help: "Only this sink; may be given more than once.")
        var sink: [String] = []

        @Flag(help: "Do it without asking again.")
        var yes = false

        @OptionGroup var state: StateOptions
        @OptionGroup var logs: LogOptions

        func run() async throws {
            try Confirmation.require(yes, "this loads every table of the sinks again")
            logs.start()
            let retirement = try Retirement(Assembly(Assembly.reader.read(file: file)), folder: state.folder)
            try await retirement.reset(sinks: sink.isEmpty ? nil : Set(sink))
            Console.out("the next run begins \(sink.isEmpty ? "every sink" : sink.joined(separator: ", ")) anew")
        }
    }
}

internal import ArgumentParser
internal import Change
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
            abstract: "Make a stopped pipeline begin anew, after a gap or with another source.",
            discussion: """
                For a source that was restored, replaced or failed over, for a lost slot or publication, and for a sink \
                that was wiped or swapped. The next run accepts the source as it is, reads every table anew, and then \
                deletes from the sinks what the source no longer has. The epoch rises: everything written from then on \
                is newer than all that stands in the sinks. With --sink only these sinks begin anew, from the same \
                source.
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
            guard sink.isEmpty else {
                try await retirement.reset(sinks: Set(sink))
                return Console.out("the next run begins \(sink.joined(separator: ", ")) anew")
            }
            let epoch = try await retirement.resetAll()
            Console.out("the next run begins every sink anew, in epoch \(epoch) of \(Version.epochMax)")
        }
    }
}

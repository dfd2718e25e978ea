internal import ArgumentParser
internal import Checkpoints
internal import Control

/// `millrace status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how pipelines stand.",
        discussion: """
            Asks the processes that run them; of a pipeline that does not run it shows what its state remembers. \
            Without a name it shows every pipeline of the state folder.
            """)

    @Argument(help: ArgumentHelp("A pipeline's name, or its file.", valueName: "pipeline"))
    var pipelines: [String] = []

    @OptionGroup var state: StateOptions

    @Flag(help: "Wait until everything that the source has committed by now is applied and saved.")
    var waitCaughtUp = false

    @Option(help: "How long to wait; the exit status is 5 when it was not enough.")
    var timeout = SpanText(seconds: 60)

    @Flag(help: "Show a line for each sink, anew each second, until interrupted.")
    var watch = false

    @Flag(help: "Print JSON: a list with an object for each pipeline.")
    var json = false

    func validate() throws {
        guard !(watch && json) else { throw ValidationError("--watch shows a table, and no JSON.") }
    }

    func run() async throws {
        var names = try names()
        guard !names.isEmpty else {
            throw CommandFailure(.notRunning, "there is no pipeline in the state folder \(state.path)")
        }
        if waitCaughtUp {
            let caughtUp = CaughtUp(state: state, limit: timeout.duration)
            try await caughtUp.wait(for: names)
            // A process that had just been started was perhaps still making the stores of its pipelines.
            let later = try self.names().filter { !names.contains($0) }
            try await caughtUp.wait(for: later)
            names += later
        }
        if watch { return try await watch(names) }
        var answers: [StatusAnswer] = []
        for name in names { answers.append(try await answer(of: name)) }
        if json {
            Console.out(String(decoding: try ControlJSON.encode(answers), as: UTF8.self))
        } else {
            Console.out(answers.flatMap(\.lines).joined(separator: "\n"))
        }
    }

    private func names() throws -> [String] {
        try pipelines.isEmpty ? state.folder.pipelines() : pipelines.map(PipelineName.resolve)
    }

    private func watch(_ names: [String]) async throws {
        var table = ProgressTable()
        while true {
            var answers: [StatusAnswer] = []
            for name in names { answers.append(try await answer(of: name)) }
            let lines =
                table.lines(for: answers.compactMap(\.status))
                + answers.filter { !$0.running }.map { "\($0.pipeline): not running" }
            if Console.isTerminal { Console.show(lines) } else { Console.out(lines.joined(separator: "\n")) }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func answer(of name: String) async throws -> StatusAnswer {
        if let answer = try await ControlClient(pipeline: name, folder: state.folder).ask(ControlRequest(.status)) {
            return StatusAnswer(pipeline: name, running: true, status: answer.status)
        }
        let answer = try await state.askOrRead(name, ControlRequest(.checkpoints))
        return StatusAnswer(pipeline: name, running: false, checkpoint: answer.checkpoint)
    }
}

/// How one pipeline stands, running or not.
struct StatusAnswer: Encodable {
    var pipeline: String
    var running: Bool
    var status: StatusReport?
    var checkpoint: CheckpointReport?

    var lines: [String] {
        if let status { return StatusText.lines(for: status) }
        return (checkpoint.map(StatusText.lines) ?? []) + ["  not running"]
    }
}

internal import ArgumentParser
internal import Connector
internal import Control

extension ParkedCommand {
    /// `millrace parked replay`
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the rows of parked changes anew and apply them.",
            discussion: "Needs the running pipeline. What fails again stays parked, with its new reason.")

        @OptionGroup var parked: ParkedOptions
        @OptionGroup var which: ParkedNumbers

        func run() async throws {
            let name = try PipelineName.resolve(parked.pipeline)
            let answer = try await parked.state.ask(
                name, ControlRequest(.parkedReplay, parked: ParkedQuery(which.selection)))
            Console.out("\(Quantity.count(answer.count ?? 0)) parked changes are replayed")
        }
    }

    /// `millrace parked discard`
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget parked changes for good, their rows included.")

        @OptionGroup var parked: ParkedOptions
        @OptionGroup var which: ParkedNumbers

        @Flag(help: "Do it without asking again.")
        var yes = false

        func run() async throws {
            try Confirmation.require(yes, "this forgets parked changes for good")
            let name = try PipelineName.resolve(parked.pipeline)
            let answer = try await parked.state.askOrRead(
                name, ControlRequest(.parkedDiscard, parked: ParkedQuery(which.selection)))
            Console.out("\(Quantity.count(answer.count ?? 0)) parked changes are discarded")
        }
    }
}

/// Which parked changes a command settles: some by number, or all.
struct ParkedNumbers: ParsableArguments {
    @Argument(help: ArgumentHelp("Their numbers.", valueName: "number"))
    var numbers: [Int64] = []

    @Flag(help: "All that wait.")
    var all = false

    func validate() throws {
        guard all != !numbers.isEmpty else {
            throw ValidationError("give the numbers of parked changes, or --all")
        }
    }

    var selection: ParkedSelection {
        all ? .waiting : ParkedSelection(numbers: Set(numbers), includesReplayed: true)
    }
}

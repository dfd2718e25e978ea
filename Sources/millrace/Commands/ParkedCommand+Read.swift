internal import ArgumentParser
internal import Connector
internal import Control

extension ParkedCommand {
    /// `millrace parked list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List parked changes, oldest first, without their rows.")

        @OptionGroup var parked: ParkedOptions

        @Option(help: "Only those of this sink.")
        var sink: String?

        @Option(help: "Only those of this table.")
        var table: TableArgument?

        @Flag(help: "Also those that were replayed.")
        var all = false

        @Option(help: "At most so many.")
        var limit = 100

        @Option(help: "Only those with a higher number.")
        var after: Int64 = 0

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let selection = ParkedSelection(
                sink: sink, table: table?.table, includesReplayed: all, limit: limit, after: after)
            let name = try PipelineName.resolve(parked.pipeline)
            let answer = try await parked.state.askOrRead(
                name, ControlRequest(.parkedList, parked: ParkedQuery(selection)))
            let reports = answer.parked ?? []
            if json { return Console.out(String(decoding: try ControlJSON.encode(reports), as: UTF8.self)) }
            Console.out(reports.map(ParkedText.line).joined(separator: "\n"))
            let total = answer.count ?? reports.count
            Console.note("\(Quantity.count(reports.count)) of \(Quantity.count(total)) parked changes")
        }
    }

    /// `millrace parked show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show parked changes with their rows, as JSON lines.")

        @OptionGroup var parked: ParkedOptions

        @Argument(help: ArgumentHelp("Their numbers.", valueName: "number"))
        var numbers: [Int64]

        func run() async throws {
            let selection = ParkedSelection(numbers: Set(numbers), includesReplayed: true)
            let name = try PipelineName.resolve(parked.pipeline)
            let answer = try await parked.state.askOrRead(
                name, ControlRequest(.parkedShow, parked: ParkedQuery(selection)))
            let reports = answer.parked ?? []
            for report in reports { Console.out(String(decoding: try ControlJSON.encode(report), as: UTF8.self)) }
            let missing = Set(numbers).subtracting(reports.map(\.number)).sorted()
            guard missing.isEmpty else {
                throw CommandFailure(
                    .configuration, "there is no parked change \(missing.map { String($0) }.joined(separator: ", "))")
            }
        }
    }
}

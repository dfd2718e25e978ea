internal import ArgumentParser
internal import Connector
internal import Control

/// The command line.
@main
struct Millrace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace",
        abstract: "Leads the changes of a database into caches, indices and graphs, and keeps them equal.",
        discussion: """
            Begin with a pipeline file: `millrace check FILE` says what is wrong with it and what each column becomes, \
            `millrace run FILE` copies the tables and then follows every change.

            EXIT STATUS
            \(ExitStatus.allCases.map { "  \($0.rawValue)  \($0.summary)" }.joined(separator: "\n"))
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(name: "Pipelines", subcommands: [CheckCommand.self, RunCommand.self, SchemaCommand.self]),
            CommandGroup(
                name: "Running pipelines",
                subcommands: [
                    StatusCommand.self, AuditCommand.self, SnapshotCommand.self, PauseCommand.self, ResumeCommand.self,
                ]),
            CommandGroup(
                name: "State", subcommands: [ParkedCommand.self, CheckpointCommand.self, RemoveCommand.self]),
        ])

    static func main() async {
        MemoryAllocator.setUp()
        DriverCounters.setUp()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(by: error)
        }
        ProcessEnd.by(ExitStatus.success.rawValue)
    }

    /// Prints what is to be said of an error, on standard error unless it is the help, and ends the process.
    private static func end(by error: any Error) -> Never {
        switch error {
        case is ConfigurationErrors:
            // Each line begins with its place.
            Console.error(String(describing: error), prefix: "")
            ProcessEnd.by(ExitStatus.configuration.rawValue)
        case is CommandFailure, is MillraceError, is ControlFailure:
            Console.error(String(describing: error))
            ProcessEnd.by(ExitStatus(error).rawValue)
        case let code as ExitCode:
            // A command's own; what it had to say, it said.
            ProcessEnd.by(code.rawValue)
        default:
            let code = exitCode(for: error)
            let isUsage = code == .validationFailure || error is ValidationError
            let text = fullMessage(for: error)
            if code == .success { Console.out(text) } else { Console.error(text, prefix: "") }
            ProcessEnd.by(isUsage ? ExitStatus.configuration.rawValue : code.rawValue)
        }
    }
}

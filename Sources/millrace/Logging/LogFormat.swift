internal import ArgumentParser
internal import Logging

/// How log lines are written: text for people, JSON for machines.
enum LogFormat: String, CaseIterable, ExpressibleByArgument {
    case text
    case json
}

/// Options that every command which logs has.
struct LogOptions: ParsableArguments {
    @Option(help: "The least important lines to log.")
    var logLevel = LogLevel.info

    @Option(help: "How to log. Default: text on a terminal, else json.")
    var logFormat: LogFormat?

    /// Sets logging up for the whole process. Called once.
    func start() {
        let format = logFormat ?? (Console.isTerminal ? .text : .json)
        let level = logLevel.level
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, format: format, level: level) }
    }
}

extension LogOptions {
    /// Sets logging up for a command whose answer matters more than how it went. Called once.
    static func startQuietly() {
        LoggingSystem.bootstrap { label in
            LineLogHandler(label: label, format: Console.isTerminal ? .text : .json, level: .warning)
        }
    }
}

/// How important a line must be, on the command line.
enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

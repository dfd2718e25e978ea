internal import ArgumentParser
internal import Connector
internal import Engine
internal import Pipelines

/// `millrace check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with pipeline files, and what each column becomes.",
        discussion: """
            Reads the files, then asks the real servers: privileges, settings, tables, keys, what each column becomes \
            in its sink and what it loses there. Changes nothing anywhere. Errors and warnings go to standard error, \
            notes to standard output; the exit status is 2 if there is an error.
            """)

    @Argument(help: ArgumentHelp("Pipeline files.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @Flag(help: "Only read the files: connect to nothing.")
    var offline = false

    @OptionGroup var logs: LogOptions

    func run() async throws {
        logs.start()
        let assemblies = try Assembly.read(files)
        var errors = 0
        for assembly in assemblies {
            var findings = assembly.document.warnings
            if !offline {
                findings += await PipelineCheck.findings(
                    for: assembly.document, source: assembly.source, sinks: assembly.sinks)
                for sink in assembly.sinks { await sink.close() }
            }
            for finding in findings { Self.print(finding) }
            errors += findings.count { $0.severity == .error }
            Console.out("\(assembly.document.file): \(Self.summary(of: findings))")
        }
        if errors > 0 { throw ExitCode(ExitStatus.configuration.rawValue) }
    }

    private static func print(_ finding: Diagnostic) {
        switch finding.severity {
        case .error, .warning: Console.note(finding.description)
        case .note: Console.out(finding.description)
        }
    }

    private static func summary(of findings: [Diagnostic]) -> String {
        let counts = [Diagnostic.Severity.error, .warning].compactMap { severity -> String? in
            let count = findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        return counts.isEmpty ? "all is well" : counts.joined(separator: ", ")
    }
}

internal import ArgumentParser
internal import Audit
internal import Change
internal import Connector
internal import Control
internal import Foundation
internal import Pipelines

/// `millrace audit`
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Compare what the source has with what stands in the sinks, while both change.",
        discussion: """
            Reads every row by queries of its own, has it compared behind every change that came before it, and looks \
            for what stands in a sink without a row. What differs is looked at again until it stands still, so that a \
            report holds no difference that is not real; a row that never stands still is inconclusive. Sinks that \
            keep logs or cannot be read back are said so.

            Where no process runs the pipeline and its FILE is given, it runs from its checkpoint for as long as the audit \
            takes, and brings the sinks up to date by that.

            With --repair the rows go through the pipeline once more, and what no row explains is deleted. Nothing is \
            changed without --yes. With --fix parked the rows of parked changes are read anew and sent through the \
            pipeline, and then these rows are compared.

            EXIT STATUS, a sum of what is so
              1   differences
              2   something cannot be verified
              4   rows changed at every look
              8   a sink did not get so far in time
              16  the source failed
              32  a sink failed
              64  no audit was made
            """)

    /// The status when no audit was made.
    private static let noAudit: Int32 = 64

    @Argument(help: ArgumentHelp("The pipeline's name, or its file.", valueName: "pipeline"))
    var pipeline: String

    @Argument(help: ArgumentHelp("Tables, such as public.orders. Default: all.", valueName: "table"))
    var tables: [TableArgument] = []

    @Flag(help: "Print JSON lines: one for each finding, then one for each table and mapping.")
    var json = false

    @Option(
        help: ArgumentHelp("Also write the report as a page that stands alone.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "Leave the values of rows out of the report.")
    var redact = false

    @Flag(help: "Go on with the audit that was interrupted, if the same was asked for; else begin.")
    var resume = false

    @Flag(help: "Say what would be repaired; with --yes, repair it and look again.")
    var repair = false

    @Option(
        help: ArgumentHelp(
            "Once the cause is mended, replay the changes that were parked, and compare their rows.",
            valueName: "parked"))
    var fix: Fix?

    @Flag(help: "Repair, or replay, without asking again.")
    var yes = false

    /// What can be fixed.
    enum Fix: String, ExpressibleByArgument {
        case parked
    }

    @Option(help: "Repair nothing in a mapping with more findings than this.")
    var repairRows = 10_000

    @Option(help: "Repair nothing in a mapping where more than this share of the rows, in percent, is to be repaired.")
    var repairPercent = 10.0

    @Option(help: "Read no more rows a second than this from the source, and from each sink. Default: no limit.")
    var rate: Int?

    @OptionGroup var state: StateOptions

    func validate() throws {
        if let rate, rate < AuditDocument.rowsPerSecondMin {
            throw ValidationError("--rate: give \(AuditDocument.rowsPerSecondMin) rows a second or more")
        }
        if repair, fix != nil { throw ValidationError("--repair and --fix are two things: give one after the other") }
    }

    func run() async throws {
        if fix == .parked, !yes { return try await announceReplay() }
        let report: AuditReport
        do {
            report = try await audit()
        } catch {
            Console.error(String(describing: error))
            throw ExitCode(Self.noAudit)
        }
        if let html {
            do {
                try Data(AuditPage(report).text.utf8).write(to: URL(fileURLWithPath: html))
            } catch {
                throw CommandFailure(.failure, "the page cannot be written to \(html)")
            }
        }
        for line in try json ? AuditJSON.lines(of: report) : AuditText.lines(of: report) { Console.out(line) }
        if repair, !yes, report.findingCount > 0, !json {
            Console.note("give --yes to repair: rows are sent through the pipeline once more, the rest is deleted")
        }
        guard report.exitStatus == 0 else { throw ExitCode(report.exitStatus) }
    }

    /// Says what would be replayed.
    private func announceReplay() async throws {
        let name = try PipelineName.resolve(pipeline)
        var count = 0
        for table in tables.isEmpty ? [nil] : tables.map({ Optional($0.table) }) {
            let query = ParkedQuery(ParkedSelection(table: table, limit: 1))
            count += try await state.askOrRead(name, ControlRequest(.parkedList, parked: query)).count ?? 0
        }
        Console.out("\(Quantity.count(count)) parked changes wait; give --yes to replay them and compare their rows")
    }

    private func audit() async throws -> AuditReport {
        let name = try PipelineName.resolve(pipeline)
        let isFile = name != pipeline
        let limits = repair && yes ? AuditQuery.RepairQuery(rowsMax: repairRows, percentMax: repairPercent) : nil
        let request = ControlRequest(
            .audit, tables: tables.isEmpty ? nil : tables.map { TableReference($0.table) },
            audit: AuditQuery(
                redact: redact, repair: limits, replaysParked: fix == .parked ? true : nil, resumes: resume,
                rowsPerSecond: rate))
        let isRunning =
            try await ControlClient(pipeline: name, folder: state.folder).ask(ControlRequest(.status)) != nil
        return try await withThrowingTaskGroup(of: AuditReport?.self) { group in
            group.addTask {
                if isRunning || !isFile { return try await state.ask(name, request).audit }
                return try await AuditSession(file: pipeline, name: name, state: state).audit(request)
            }
            if Console.isTerminal {
                group.addTask {
                    try await showProgress(of: name)
                    return nil
                }
            }
            defer {
                group.cancelAll()
                Console.show([])
            }
            while let report = try await group.next() {
                if let report { return report }
            }
            throw CommandFailure(.failure, "the process that runs the pipeline made no report")
        }
    }

    private func showProgress(of name: String) async throws {
        while true {
            try await Task.sleep(for: .milliseconds(500))
            // A pipeline that is run for the audit needs a moment until it can be asked.
            let answer = try? await state.ask(name, ControlRequest(.auditProgress))
            guard let progress = answer?.auditProgress else { continue }
            Console.show([AuditText.line(for: progress)])
        }
    }
}

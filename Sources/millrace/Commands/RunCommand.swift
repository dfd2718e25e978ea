internal import ArgumentParser
internal import Control

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// `millrace run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run pipelines until the process is stopped.",
        discussion: """
            Copies the tables that were not copied yet, and follows every change from then on. Several pipelines in \
            one process stand alone: one that fails leaves the others running. SIGTERM and Ctrl-C stop the process \
            cleanly: it takes nothing new, settles what it took, saves, and says what became of every change.

            While it runs, `millrace status` and the other commands reach it over a socket in the state folder, and \
            /healthz, /readyz, /metrics and /status over HTTP.
            """)

    /// The address when none is given; another process may have it already.
    private static let httpDefault = HTTPAddress.standard.description

    @Argument(help: ArgumentHelp("Pipeline files.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @OptionGroup var state: StateOptions

    @Option(
        help:
            "Where health and metrics are served, as HOST:PORT or PORT on loopback; 0 for nowhere. (default: \(httpDefault))"
    )
    var http: String?

    @Option(help: "How long stopping may take before what is not settled is left for the next start.")
    var drain = SpanText(seconds: 30)

    @Option(name: .customLong("for"), help: "Stop after this time, such as 90s or 5m. Default: run on.")
    var span: SpanText?

    @Option(help: "A pipeline that makes no progress for this long while its source moves on is unhealthy.")
    var stalledAfter = SpanText(seconds: 60)

    @OptionGroup var logs: LogOptions

    func validate() throws {
        if let http, http != "0", HTTPAddress(http) == nil {
            throw ValidationError("--http takes HOST:PORT, a port, or 0 for nowhere")
        }
    }

    func run() async throws {
        // Whatever the process makes is for its owner alone: the state holds rows.
        umask(0o077)
        logs.start()
        let session = try RunSession(
            Assembly.read(files), folder: state.folder, drainLimit: drain.duration, span: span?.duration)
        let outcome = try await session.run(http: address, isRequired: http != nil, patience: stalledAfter.duration)
        guard outcome == .success else { throw ExitCode(outcome.rawValue) }
    }

    private var address: HTTPAddress? {
        guard let http else { return .standard }
        return http == "0" ? nil : HTTPAddress(http)
    }
}

internal import Audit
internal import Checkpoints
internal import Control
internal import Engine
internal import Logging
internal import Pipelines
internal import ServiceLifecycle
internal import UnixSignals

/// One `millrace run`: its pipelines and the services around them.
struct RunSession {
    private let pipelines: PipelinesService
    private let desks: [ControlDesk]
    private let schedules: [AuditSchedule]
    private let folder: StateFolder
    private let isForOneAudit: Bool
    private let logger = Logger(label: "millrace")

    /// Opens every store, so that nothing starts unless everything can.
    ///
    /// - Parameter isForOneAudit: whether nothing is done and said but what somebody asks for.
    init(
        _ assemblies: [Assembly], folder: StateFolder, drainLimit: Duration, span: Duration?,
        isForOneAudit: Bool = false
    ) throws {
        self.isForOneAudit = isForOneAudit
        var running: [RunningPipeline] = []
        var desks: [ControlDesk] = []
        var schedules: [AuditSchedule] = []
        var options = EngineOptions()
        options.spillFolder = folder.spillPath
        for assembly in assemblies {
            let store = try SQLiteCheckpointStore(folder: folder, pipeline: assembly.document.name)
            let runner = PipelineRunner(
                document: assembly.document, source: assembly.source, sinks: assembly.sinks, store: store,
                options: options, logger: assembly.logger)
            running.append(
                RunningPipeline(runner: runner, sinks: assembly.sinks, store: store, logger: assembly.logger))
            let archive = AuditArchive(
                pipeline: assembly.document.name, in: folder, keep: assembly.document.audit?.keep ?? 30)
            let desk = ControlDesk(
                pipeline: runner, store: store,
                audits: AuditDesk(
                    runner, last: archive.latest(),
                    notebook: AuditNotebookFiles(pipeline: assembly.document.name, in: folder)), archive: archive)
            desks.append(desk)
            if let audit = assembly.document.audit, !isForOneAudit {
                schedules.append(AuditSchedule(audit, desk: desk, logger: assembly.logger))
            }
        }
        self.folder = folder
        self.desks = desks
        self.schedules = schedules
        pipelines = PipelinesService(running, drainLimit: drainLimit, span: span)
    }

    /// Runs until the process is told to stop or no pipeline is left, and says how it went.
    ///
    /// - Parameter isRequired: whether the process must not run without its HTTP address.
    func run(http: HTTPAddress?, isRequired: Bool, patience: Duration) async throws -> ExitStatus {
        let health = HealthWatch(pipelines: pipelines.all.map(\.runner), patience: patience)
        // Shut down from the last to the first: the pipelines drain while everything else still answers.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [Self.lasting(health)]
        if let http {
            let server = StatusServer(
                desks: desks, health: health, address: http, logger: logger,
                onListening: { [logger] port in
                    logger.info("health and metrics are served", metadata: ["host": "\(http.host)", "port": "\(port)"])
                })
            services.append(Self.lasting(isRequired ? server : OptionalService(server, of: http, logger: logger)))
        }
        for desk in desks {
            services.append(Self.lasting(ControlServer(desk: desk, folder: folder, logger: logger)))
        }
        services += schedules.map(Self.lasting)
        if !isForOneAudit { services.append(Self.lasting(ProgressService(desks: desks, logger: logger))) }
        services.append(
            .init(
                service: pipelines, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup))
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .notice)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        try await group.run()
        for desk in desks where !isForOneAudit {
            for line in SummaryText.lines(for: await desk.report()) { Console.note(line) }
        }
        for pipeline in pipelines.all { try pipeline.store.close() }
        return pipelines.outcome
    }

    /// A service that the process needs as long as it runs.
    private static func lasting(_ service: any Service) -> ServiceGroupConfiguration.ServiceConfiguration {
        .init(
            service: service, successTerminationBehavior: .ignore,
            failureTerminationBehavior: .gracefullyShutdownGroup)
    }
}

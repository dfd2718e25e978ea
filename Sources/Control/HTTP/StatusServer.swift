internal import Hummingbird
public import Logging
internal import NIOCore
public import ServiceLifecycle

/// Shows how the process's pipelines stand over HTTP. It only reads: commands go over the socket.
///
/// - `/healthz`: 200 while every pipeline makes progress, else 503; a line for each.
/// - `/readyz`: 200 once every pipeline is up, else 503.
/// - `/metrics`: Prometheus text.
/// - `/status`: JSON, one ``StatusReport`` for each pipeline.
public struct StatusServer: Service {
    private let desks: [ControlDesk]
    private let health: HealthWatch
    private let address: HTTPAddress
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// - Parameter onListening: called with the port once it listens.
    public init(
        desks: [ControlDesk], health: HealthWatch, address: HTTPAddress, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.desks = desks
        self.health = health
        self.address = address
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the process shuts down.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .warning)
        let application = Application(
            router: router(),
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port)),
            onServerRunning: { [onListening] channel in onListening(channel.localAddress?.port ?? 0) },
            logger: quiet)
        try await application.run()
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthz") { _, _ in
            let lines = health.verdicts.map { "\($0.pipeline): \($0.verdict.words)" }
            return Self.page(lines, isGood: health.verdicts.allSatisfy(\.verdict.isHealthy))
        }
        router.get("readyz") { _, _ in
            let reports = await reports()
            return Self.page(
                reports.map { "\($0.pipeline): \($0.phase)" },
                isGood: reports.allSatisfy { $0.phase == "running" || $0.phase == "paused" })
        }
        router.get("metrics") { _, _ in
            let page = MetricsPage(
                reports: await reports(), audits: desks.compactMap(\.lastAudit),
                verdicts: Dictionary(
                    health.verdicts.map { ($0.pipeline, $0.verdict.isHealthy) }, uniquingKeysWith: { $0 && $1 }),
                residentBytes: ResidentMemory.bytes())
            return Self.response(.ok, Array(page.text.utf8), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("status") { _, _ in
            Self.response(.ok, try ControlJSON.encode(await reports()), type: "application/json")
        }
        return router
    }

    private func reports() async -> [StatusReport] {
        var reports: [StatusReport] = []
        for desk in desks { reports.append(await desk.report()) }
        return reports
    }

    private static func page(_ lines: [String], isGood: Bool) -> Response {
        let text = lines.map { "\($0)\n" }.joined()
        return response(isGood ? .ok : .serviceUnavailable, Array(text.utf8), type: "text/plain; charset=utf-8")
    }

    private static func response(_ status: HTTPResponse.Status, _ body: [UInt8], type: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

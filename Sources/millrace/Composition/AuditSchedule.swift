internal import Audit
internal import Control
internal import Logging
internal import Pipelines
internal import ServiceLifecycle

/// Audits a pipeline unasked, again and again.
struct AuditSchedule: Service {
    private let audit: AuditDocument
    private let desk: ControlDesk
    private let logger: Logger

    init(_ audit: AuditDocument, desk: ControlDesk, logger: Logger) {
        self.audit = audit
        self.desk = desk
        self.logger = logger
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: audit.every)
                await auditOnce()
            }
        }
    }

    private func auditOnce() async {
        var options = AuditOptions()
        options.isRedacted = audit.isRedacted
        options.rowsPerSecond = audit.rowsPerSecond
        do {
            let report = try await desk.audit(options)
            let level: Logger.Level = report.findingCount > 0 ? .error : .info
            logger.log(
                level: level, "audited: \(AuditText.verdict(of: report))", metadata: ["status": "\(report.exitStatus)"])
        } catch {
            logger.warning("no audit was made", metadata: ["reason": "\(ControlFailure(error))"])
        }
    }
}

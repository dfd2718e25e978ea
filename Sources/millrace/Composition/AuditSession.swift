internal import Audit
internal import Checkpoints
internal import Control
internal import Foundation

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Runs a pipeline that no process runs, from its checkpoint on, for as long as an audit of it takes.
///
/// An audit compares rows behind the changes that came before them, so that there has to be a stream.
struct AuditSession {
    let file: String
    let name: String
    let state: StateOptions

    /// How long the pipeline may make no progress before it is audited as it stands: the report then says so.
    private static let patience = Duration.seconds(60)

    /// - Throws: ``CommandFailure`` where the pipeline never ran, or stops before it was audited.
    func audit(_ request: ControlRequest) async throws -> AuditReport {
        guard state.folder.hasStore(of: name) else {
            throw CommandFailure(
                .notRunning,
                "there is no state of a pipeline \(name) in the folder \(state.path): load it first with millrace run")
        }
        umask(0o077)
        LogOptions.startQuietly()
        let session = try RunSession(
            Assembly.read([file]), folder: state.folder, drainLimit: .seconds(30), span: nil, isForOneAudit: true)
        Console.note("no process runs pipeline \(name): it runs from its checkpoint for as long as the audit takes")
        return try await withThrowingTaskGroup(of: AuditReport?.self) { group in
            group.addTask {
                _ = try await session.run(http: nil, isRequired: false, patience: Self.patience)
                return nil
            }
            group.addTask {
                try await waitUntilCaughtUp()
                let report = try await state.ask(name, request).audit
                _ = try await state.ask(name, ControlRequest(.stop))
                return report
            }
            defer { group.cancelAll() }
            var report: AuditReport?
            while let ended = try await group.next() {
                report = ended ?? report
                if report == nil { break }
            }
            guard let report else {
                throw CommandFailure(.failure, "the pipeline stopped before it was audited")
            }
            return report
        }
    }

    /// Returns when the pipeline has what the source had, or stands still.
    private func waitUntilCaughtUp() async throws {
        var last: [UInt64] = []
        var since = ContinuousClock.now
        var head: UInt64?
        while ContinuousClock.now - since < Self.patience {
            try await Task.sleep(for: .milliseconds(50))
            guard let status = try? await state.ask(name, ControlRequest(.status)).status else { continue }
            if status.phase == "running", head == nil { head = try? await state.ask(name, ControlRequest(.head)).head }
            if let head, (try? CaughtUp.has(status, passed: head)) == true { return }
            let now = status.sinks.map { $0.checkpoint?.end ?? 0 } + status.snapshots.map(\.rowsRead)
            if now != last { (last, since) = (now, .now) }
        }
    }
}

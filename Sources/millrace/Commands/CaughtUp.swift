internal import Control

/// Waits until pipelines have applied and saved everything that their sources had committed when the waiting began.
struct CaughtUp {
    private static let interval = Duration.milliseconds(20)

    let state: StateOptions
    let limit: Duration

    func wait(for pipelines: [String]) async throws {
        let deadline = ContinuousClock.now + limit
        for pipeline in pipelines {
            try await waitUntilUp(pipeline, until: deadline)
            guard let head = try await head(of: pipeline, until: deadline) else { continue }
            while true {
                let answer = try await state.ask(pipeline, ControlRequest(.status))
                if let status = answer.status, try Self.has(status, passed: head) { break }
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure(.timeout, "pipeline \(pipeline) has not caught up in time")
                }
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    /// A process that was just started needs a moment until it can be asked.
    private func waitUntilUp(_ pipeline: String, until deadline: ContinuousClock.Instant) async throws {
        while true {
            do {
                if try await state.ask(pipeline, ControlRequest(.status)).status?.phase != "starting" { return }
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure(.timeout, "pipeline \(pipeline) has not come up in time")
                }
            } catch let failure as CommandFailure where failure.status == .notRunning {
                guard ContinuousClock.now < deadline else { throw failure }
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The newest position of the source's log; a source that does not answer now is asked again.
    private func head(of pipeline: String, until deadline: ContinuousClock.Instant) async throws -> UInt64? {
        while true {
            do {
                return try await state.ask(pipeline, ControlRequest(.head)).head
            } catch let failure as ControlFailure where failure.isPassing && ContinuousClock.now < deadline {
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Whether every sink has a position of the source's log durable, and no snapshot runs.
    ///
    /// - Throws: ``CommandFailure`` if it never will, as things stand.
    static func has(_ status: StatusReport, passed head: UInt64) throws -> Bool {
        if let reason = status.reason { throw CommandFailure(.failure, "\(status.pipeline) failed: \(reason)") }
        if let sink = status.sinks.first(where: { $0.stopReason != nil }) {
            throw CommandFailure(.failure, "\(status.pipeline): sink \(sink.name) stopped: \(sink.stopReason ?? "")")
        }
        return status.phase == "running" && !status.sinks.isEmpty && status.snapshots.allSatisfy(\.complete)
            && status.sinks.allSatisfy { ($0.checkpoint?.end ?? 0) >= head }
    }
}

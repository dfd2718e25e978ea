internal import Engine
internal import Foundation
internal import ServiceLifecycle
internal import Synchronization
internal import Threads

/// Runs the pipelines of the process side by side, and drains them all when it is told to stop.
final class PipelinesService: Service {
    let all: [RunningPipeline]
    private let drainLimit: Duration
    private let span: Duration?
    private let outcomes = Mutex<[ExitStatus]>([])
    private let stopping = AsyncStream.makeStream(of: Void.self)

    /// - Parameters:
    ///   - drainLimit: how long draining may take.
    ///   - span: after which time to stop unasked.
    init(_ pipelines: [RunningPipeline], drainLimit: Duration, span: Duration?) {
        all = pipelines
        self.drainLimit = drainLimit
        self.span = span
    }

    /// How it went: the first failure, else that something was left, else success.
    var outcome: ExitStatus {
        let outcomes = outcomes.withLock { $0 }
        return outcomes.first { $0 != .success && $0 != .undrained } ?? outcomes.first { $0 != .success } ?? .success
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.runAll() }
                group.addTask { await self.waitForDeadline() }
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.drain()
        }
    }

    private func runAll() async {
        await withTaskGroup(of: ExitStatus.self) { group in
            for pipeline in all { group.addTask { await pipeline.run() } }
            for await outcome in group { outcomes.withLock { $0.append(outcome) } }
        }
    }

    /// Returns when draining has taken as long as it may, or when everything has ended before.
    private func waitForDeadline() async {
        await waitUntilStopping()
        guard !Task.isCancelled, (try? await Task.sleep(for: drainLimit)) != nil else { return }
        Self.endForCertain()
    }

    private func waitUntilStopping() async {
        await withTaskGroup(of: Void.self) { group in
            if let span {
                group.addTask {
                    if (try? await Task.sleep(for: span)) != nil { self.drain() }
                }
            }
            for await _ in stopping.stream {}
            group.cancelAll()
        }
    }

    private func drain() {
        for pipeline in all { pipeline.runner.drain() }
        stopping.continuation.finish()
    }

    /// Whatever hangs when it is cancelled does not keep the process: it is safe to kill at any instant.
    private static func endForCertain() {
        DedicatedThread.start(name: "millrace-deadline") {
            Thread.sleep(forTimeInterval: 5)
            Console.error("something did not end when it was told to; leaving it")
            ProcessEnd.by(ExitStatus.undrained.rawValue)
        }
    }
}

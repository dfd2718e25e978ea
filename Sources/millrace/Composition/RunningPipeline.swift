internal import Checkpoints
internal import Connector
internal import Engine
internal import Logging

/// One pipeline of a running process.
struct RunningPipeline: Sendable {
    let runner: PipelineRunner
    let sinks: [any ChangeSink]
    let store: SQLiteCheckpointStore
    let logger: Logger

    /// Runs to the end, whatever it is, and says how it ended.
    func run() async -> ExitStatus {
        logger.info("starting")
        let outcome = await end()
        for sink in sinks { await sink.close() }
        return outcome
    }

    private func end() async -> ExitStatus {
        do {
            try await runner.run()
            // A cancelled run may return as if it were done.
            if Task.isCancelled { return undrained() }
            logger.info("stopped; everything taken is settled and saved")
            return .success
        } catch is CancellationError {
            return undrained()
        } catch _ where Task.isCancelled {
            return undrained()
        } catch {
            logger.error("stopped", metadata: ["reason": "\(Self.words(for: error))"])
            return ExitStatus(error)
        }
    }

    private func undrained() -> ExitStatus {
        logger.warning("stopped before everything taken was settled; the rest is sent again at the next start")
        return .undrained
    }

    /// Our own errors speak; of any other only the kind is told, because it may hold a row's value.
    private static func words(for error: any Error) -> String {
        switch error {
        case let error as MillraceError: error.description
        case let errors as ConfigurationErrors: errors.description
        default: String(describing: type(of: error))
        }
    }
}

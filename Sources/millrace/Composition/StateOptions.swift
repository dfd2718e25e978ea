internal import ArgumentParser
internal import Checkpoints
internal import Control

/// Where the state is: an option of every command that needs it.
struct StateOptions: ParsableArguments {
    @Option(name: .customLong("state"), help: "The folder of what pipelines remember.")
    var path = "checkpoints"

    var folder: StateFolder { StateFolder(path) }

    /// Asks the process that runs a pipeline.
    ///
    /// - Throws: ``CommandFailure`` with the status `notRunning` where none does.
    func ask(_ pipeline: String, _ request: ControlRequest) async throws -> ControlAnswer {
        guard let answer = try await ControlClient(pipeline: pipeline, folder: folder).ask(request) else {
            throw CommandFailure(
                .notRunning,
                "no process runs pipeline \(pipeline) with the state folder \(path); start it with millrace run")
        }
        return answer
    }

    /// Asks the process that runs a pipeline, or the store itself where none does.
    func askOrRead(_ pipeline: String, _ request: ControlRequest) async throws -> ControlAnswer {
        if let answer = try await ControlClient(pipeline: pipeline, folder: folder).ask(request) { return answer }
        let store = try open(pipeline)
        defer { try? store.close() }
        guard let answer = try await StateDesk(pipeline: pipeline, store: store).answer(request) else {
            return try await ask(pipeline, request)
        }
        return answer
    }

    /// Opens the store of a pipeline that no process runs; never makes one.
    func open(_ pipeline: String) throws -> SQLiteCheckpointStore {
        guard folder.hasStore(of: pipeline) else {
            throw CommandFailure(.configuration, "there is no state of a pipeline \(pipeline) in the folder \(path)")
        }
        return try SQLiteCheckpointStore(folder: folder, pipeline: pipeline)
    }
}

internal import Checkpoints
internal import Connector
internal import Pipelines

/// Undoes what a pipeline left behind, while nothing runs it.
struct Retirement {
    private let assembly: Assembly
    private let store: SQLiteCheckpointStore

    /// - Throws: ``Connector/MillraceError`` with the code `stateInUse` while a process runs the pipeline.
    init(_ assembly: Assembly, folder: StateFolder) throws {
        self.assembly = assembly
        store = try SQLiteCheckpointStore(folder: folder, pipeline: assembly.document.name)
    }

    /// Takes everything away: the source's part first, because it costs the source its disk; the state last, so that
    /// the command can be given again.
    ///
    /// - Returns: the epoch of the rows that stay in the sinks.
    func remove() async throws -> UInt8 {
        let epoch = try store.load().epoch
        try await assembly.source.remove()
        try await removeMarkers(from: nil)
        try store.remove()
        return epoch
    }

    /// Forgets how far these sinks have come. The source stays the one it was, and so does the epoch.
    func reset(sinks: Set<String>) async throws {
        let known = Set(assembly.document.sinks.map(\.name))
        if let unknown = sinks.subtracting(known).min() {
            throw CommandFailure(
                .configuration,
                "there is no sink \(unknown); the pipeline has \(known.sorted().joined(separator: ", "))")
        }
        try store.reset(sinks: sinks)
        try await removeMarkers(from: sinks)
    }

    /// Forgets the source and how far every sink has come, and returns the epoch that begins.
    ///
    /// The markers are looked at first, because a sink may know a higher epoch than a state that was lost; they go last,
    /// because a run takes a marker of an earlier epoch for what it is. So the command can be given again.
    func resetAll() async throws -> UInt8 {
        let pipeline = assembly.document.name
        let epochs = try await visitSinks { sink in
            sink.traits.keepsMarker ? try await sink.readMarker(pipeline: pipeline)?.epoch : nil
        }
        let epoch = try store.reset(
            sinks: Set(assembly.document.sinks.map(\.name)), above: epochs.compactMap(\.self).max() ?? 0)
        try await removeMarkers(from: nil)
        return epoch
    }

    private func removeMarkers(from names: Set<String>?) async throws {
        let pipeline = assembly.document.name
        _ = try await visitSinks(names) { sink in try await sink.removeMarker(pipeline: pipeline) }
    }

    /// Opens these sinks one after another, or all of them when nil.
    private func visitSinks<Answer>(
        _ names: Set<String>? = nil, _ ask: (any ChangeSink) async throws -> Answer
    ) async throws -> [Answer] {
        var answers: [Answer] = []
        for (document, sink) in zip(assembly.document.sinks, assembly.sinks) {
            guard names?.contains(document.name) ?? true else { continue }
            do {
                _ = try await sink.open()
                answers.append(try await ask(sink))
                await sink.close()
            } catch {
                await sink.close()
                throw error
            }
        }
        return answers
    }
}

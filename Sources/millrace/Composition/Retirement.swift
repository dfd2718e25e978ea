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
    func remove() async throws {
        try await assembly.source.remove()
        try await removeMarkers(from: nil)
        try store.remove()
    }

    /// Forgets how far these sinks have come, or all of them when nil.
    func reset(sinks: Set<String>?) async throws {
        let known = Set(assembly.document.sinks.map(\.name))
        guard let unknown = sinks?.subtracting(known).sorted().first else {
            try await removeMarkers(from: sinks)
            return try store.reset(sinks: sinks)
        }
        throw CommandFailure(
            .configuration, "there is no sink \(unknown); the pipeline has \(known.sorted().joined(separator: ", "))")
    }

    private func removeMarkers(from names: Set<String>?) async throws {
        for (document, sink) in zip(assembly.document.sinks, assembly.sinks) {
            guard names?.contains(document.name) ?? true else { continue }
            do {
                _ = try await sink.open()
                try await sink.removeMarker(pipeline: assembly.document.name)
                await sink.close()
            } catch {
                await sink.close()
                throw error
            }
        }
    }
}

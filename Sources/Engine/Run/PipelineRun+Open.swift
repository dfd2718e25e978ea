internal import Change
internal import Connector
internal import Logging
internal import Pipelines

extension PipelineRun {
    /// Opens the connectors, makes sure that each is the one the checkpoint was made for, and binds the mappings.
    static func open(_ owner: PipelineRunner) async throws -> PipelineRun {
        var state = try await persistently(owner, "reading the state") {
            try await owner.clock.perform("millrace-load") { [store = owner.store] in try store.load() }
        }
        var resumes: [SourceProgress] = []
        var opened: [OpenedSink] = []
        var identity = StateUpdate()
        for (document, sink) in zip(owner.document.sinks, owner.sinks) {
            let sinkState = state.sinks[document.name] ?? SinkState()
            let target = try await persistently(owner, "opening sink \(document.name)") { try await sink.open() }
            let marker = try await persistently(owner, "reading the marker of \(document.name)") {
                try await sink.readMarker(pipeline: owner.pipeline)
            }
            let progress =
                sink.traits.keepsMarker
                ? try verify(sinkState, of: document.name, marker: marker, incarnation: target, in: state)
                : sinkState.progress
            if let progress { resumes.append(progress) }
            let saves = ([marker?.snapshotSaves ?? 0] + sinkState.snapshots.values.map(\.lastSave)).max() ?? 0
            opened.append(OpenedSink(incarnation: target, progress: progress, snapshotSaves: saves))
            if let marker, progress != nil {
                identity.snapshotsLost.formUnion(lostSnapshots(of: document.name, sinkState, marker, owner))
            }
        }
        let checkpoint = state.source.flatMap { identity in
            resumes.min().map { SourceCheckpoint(identity: identity, progress: $0) }
        }
        let start = try await persistently(owner, "opening the source") {
            try await owner.source.prepare(resumingFrom: checkpoint)
        }
        guard state.source == nil || state.source == start.identity else {
            throw MillraceError(
                .sourceChanged,
                "it is not the source that the pipeline's state was made for: run `millrace checkpoint reset` without "
                    + "--sink, and `millrace run`")
        }
        for key in identity.snapshotsLost { state.sinks[key.sink]?.snapshots[key.table] = nil }
        identity.source = start.identity
        try await save(identity, for: owner)
        return try await assemble(owner, state: state, opened: opened, start: start)
    }

    private static func assemble(
        _ owner: PipelineRunner, state: PipelineState,
        opened: [OpenedSink], start: SourceStart
    ) async throws -> PipelineRun {
        let settled = Signal()
        var runners: [SinkRunner] = []
        var needs: [SnapshotCoordinator.Need] = []
        var saved: [String: SourceProgress] = [:]
        var snapshotSaves: [String: Int64] = [:]
        var first = StateUpdate()
        var diagnostics: [Diagnostic] = []
        for (index, document) in owner.document.sinks.enumerated() {
            let sink = owner.sinks[index]
            let sinkState = state.sinks[document.name] ?? SinkState()
            let progress = opened[index].progress ?? start.progress
            saved[document.name] = progress
            snapshotSaves[document.name] = opened[index].snapshotSaves
            if progress != sinkState.progress { first.progress[document.name] = progress }
            first.incarnations[document.name] = opened[index].incarnation
            do {
                let runner = try makeRunner(
                    owner, document, sink, start: start, state: state, sinkState: sinkState, progress: progress,
                    settled: settled)
                runners.append(runner)
                needs += snapshotNeeds(of: document, runner: runner, known: state.sinks[document.name])
            } catch let errors as ConfigurationErrors {
                diagnostics += errors.diagnostics
            }
        }
        if !diagnostics.isEmpty { throw ConfigurationErrors(diagnostics) }
        for runner in runners {
            let mappings = runner.initialMappings
            try await persistently(owner, "preparing sink \(runner.name)") { try await runner.sink.prepare(mappings) }
            let (progress, saves) = (saved[runner.name], snapshotSaves[runner.name] ?? 0)
            try await persistently(owner, "marking sink \(runner.name)") {
                guard let progress else { return }
                try await runner.sink.writeMarker(
                    SinkMarker(
                        pipeline: owner.pipeline, source: start.identity, epoch: state.epoch, progress: progress,
                        snapshotSaves: saves))
            }
        }
        try await save(first, for: owner)
        let snapshots = SnapshotCoordinator(owner: owner, needs: needs)
        let keeper = CheckpointKeeper(
            owner: owner, start: start, epoch: state.epoch, sinks: runners, saved: saved, snapshotSaves: snapshotSaves,
            snapshots: snapshots, settled: settled)
        return PipelineRun(
            owner: owner, start: start, epoch: state.epoch, sinks: runners, snapshots: snapshots, keeper: keeper)
    }

    private static func makeRunner(
        _ owner: PipelineRunner, _ document: SinkDocument, _ sink: any ChangeSink, start: SourceStart,
        state: PipelineState, sinkState: SinkState, progress: SourceProgress, settled: Signal
    ) throws -> SinkRunner {
        let router = try Router(writes: document.writes, tables: start.tables, sink: sink)
        var floors: [Int: Version] = [:]
        for (number, route) in router.routes.enumerated() { floors[number] = sinkState.floors[route.document.name] }
        let sorter = SinkSorter(
            router: router, epoch: state.epoch, appliedThrough: progress.commit, floors: floors,
            window: WindowLimits(
                bytesMax: owner.options.windowBytesMax, maySpill: owner.options.spillFolder != nil))
        var limits = SinkRunner.Limits()
        limits.inboxBytes = owner.options.inboxBytes
        limits.pendingBytes = owner.options.pendingBytes
        limits.parkedInARowMax = owner.options.parkedInARowMax
        let name = document.name
        return SinkRunner(
            name: name, kind: document.kind, sink: sink, sorter: sorter,
            completer: RowCompleter(
                source: owner.source, bytesWanted: limits.pendingBytes / 4, hasJoins: router.hasJoins,
                clock: owner.clock, logger: owner.logger),
            parking: Parking(store: owner.store, clock: owner.clock, logger: owner.logger),
            spill: owner.options.spillFolder.map { SpillStore(folder: $0, clock: owner.clock) }, limits: limits,
            clock: owner.clock, logger: owner.logger,
            onSettled: { settled.set() },
            onFloor: { [unowned owner] mapping, floor in
                var update = StateUpdate()
                update.floors = [name: [mapping: floor]]
                try await save(update, for: owner)
            })
    }

    /// A run that is begun in a sink which the pipeline knows from before finds deletes: nothing may have followed the
    /// table, or its mapping lets other rows pass now.
    private static func snapshotNeeds(
        of document: SinkDocument, runner: SinkRunner, known: SinkState?
    ) -> [SnapshotCoordinator.Need] {
        var fingerprints: [TableName: UInt64] = [:]
        let streamed = Set(runner.initialMappings.filter { !$0.takesSnapshot }.map(\.request.name))
        for route in runner.routes where !streamed.contains(route.document.name) && route.document.messages == nil {
            fingerprints[route.table] = SnapshotFingerprint.of(
                fingerprints[route.table] ?? route.tableID, mapping: route.document.fingerprint)
        }
        return fingerprints.sorted { $0.key < $1.key }.map { table, fingerprint in
            let snapshot = known?.snapshots[table]
            let goesOn = snapshot?.fingerprint == fingerprint
            return SnapshotCoordinator.Need(
                sink: document.name, table: table, fingerprint: fingerprint, known: snapshot,
                findsDeletes: goesOn ? snapshot?.findsDeletes ?? false : known != nil)
        }
    }

    /// The snapshots of which a target that came back from older data lacks rows: they were saved after its marker was
    /// written. A run of each begins anew. Their rows that are there stay, and the run finds what is gone since.
    private static func lostSnapshots(
        of sink: String, _ state: SinkState, _ marker: SinkMarker, _ owner: PipelineRunner
    ) -> [SnapshotKey] {
        let lost = state.snapshots.filter { $0.value.lastSave > marker.snapshotSaves }.map(\.key).sorted()
        for table in lost {
            owner.logger.notice(
                "the target came back without rows that it had: the table is read again",
                metadata: ["sink": "\(sink)", "table": "\(table)"])
        }
        return lost.map { SnapshotKey(sink: sink, table: $0) }
    }

    /// Whether a target is the one that the checkpoint was made for, and where feeding it resumes; nil for a target
    /// that the pipeline has never written to.
    static func verify(
        _ state: SinkState, of sink: String, marker: SinkMarker?, incarnation: SinkIncarnation, in pipeline: PipelineState
    ) throws -> SourceProgress? {
        if let marker, marker.epoch > pipeline.epoch {
            // In a lower epoch every write would be refused as stale.
            throw MillraceError(
                .sinkRejected,
                "the target was written to in epoch \(marker.epoch), and the state folder knows of epoch "
                    + "\(pipeline.epoch) only, so it is not the one that belongs to it: start with the right state "
                    + "folder, or load everything again with `millrace checkpoint reset` and `millrace run`",
                place: sink)
        }
        guard let progress = state.progress else {
            // A marker of an earlier epoch was left before a reset; one of this very source by a start that was killed
            // before it saved its checkpoint.
            guard let marker, marker.epoch == pipeline.epoch, marker.source != pipeline.source else { return nil }
            throw MillraceError(
                .sinkRejected,
                "the target bears the marker of pipeline \(marker.pipeline), but the state folder knows nothing of it: "
                    + "start with the state folder that belongs to it, or load everything again with "
                    + "`millrace checkpoint reset` and `millrace run`", place: sink)
        }
        guard let marker else {
            throw MillraceError(
                .sinkRejected,
                "the target has lost the pipeline's marker: it was wiped or replaced. Load it again with "
                    + "`millrace checkpoint reset` and `millrace run`", place: sink)
        }
        guard marker.epoch == pipeline.epoch else {
            throw MillraceError(
                .sinkRejected,
                "the target came back from epoch \(marker.epoch), before the source was restored or replaced: load it "
                    + "again with `millrace checkpoint reset --sink` and `millrace run`", place: sink)
        }
        if let source = pipeline.source, !marker.source.differences(from: source).isEmpty {
            let parts = marker.source.differences(from: source).joined(separator: ", ")
            throw MillraceError(
                .sinkRejected, "the target was filled from another source: its marker differs in \(parts)", place: sink)
        }
        // A target that came back from older data says so by its marker: feeding resumes there.
        guard state.incarnation == nil || state.incarnation == incarnation else {
            return min(progress, marker.progress)
        }
        return progress
    }

    private static func save(_ update: StateUpdate, for owner: PipelineRunner) async throws {
        try await persistently(owner, "saving the state") {
            try await owner.clock.perform("millrace-save") { [store = owner.store] in try store.save(update) }
        }
    }

    private static func persistently<Value: Sendable>(
        _ owner: PipelineRunner, _ what: String, _ call: () async throws -> Value
    ) async throws -> Value {
        try await Engine.persistently(what, clock: owner.clock, logger: owner.logger, call)
    }
}

/// A sink's target as it was found at the start.
private struct OpenedSink {
    var incarnation: SinkIncarnation
    /// Where feeding it resumes; nil for one that was never fed.
    var progress: SourceProgress?
    /// How often something of a snapshot was saved for it.
    var snapshotSaves: Int64
}

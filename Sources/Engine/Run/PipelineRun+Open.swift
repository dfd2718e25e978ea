internal import Change
internal import Connector
internal import Logging
internal import Pipelines

extension PipelineRun {
    /// Opens the source when the sinks are open, makes sure that each is the one the checkpoint was made for, and binds
    /// the mappings.
    ///
    /// - Parameter openings: one for each sink, in order, running.
    static func open(
        _ owner: PipelineRunner, state loaded: PipelineState, openings: [SinkOpening]
    ) async throws -> PipelineRun {
        var state = loaded
        try await wait(for: openings, owner) { $0.found != nil }
        var resumes: [SourceProgress] = []
        var identity = StateUpdate()
        for opening in openings {
            guard let found = opening.found else {
                owner.logger.warning(
                    "beginning without a sink that does not answer; the source keeps what it has not got",
                    metadata: ["sink": "\(opening.name)"])
                if let progress = state.sinks[opening.name]?.progress { resumes.append(progress) }
                continue
            }
            let target = try found.get()
            if let progress = target.progress { resumes.append(progress) }
            for key in target.snapshotsLost.sorted(by: { $0.table < $1.table }) {
                owner.logger.notice(
                    "the target came back without rows that it had: the table is read again",
                    metadata: ["sink": "\(key.sink)", "table": "\(key.table)"])
                identity.snapshotsLost.insert(key)
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
        return try await assemble(owner, state: state, openings: openings, start: start)
    }

    /// Waits until all sinks are so far, or one is, and the others do not follow soon.
    private static func wait(
        for openings: [SinkOpening], _ owner: PipelineRunner, until isFar: (SinkOpening) -> Bool
    ) async throws {
        var firstAt: Duration?
        while openings.contains(where: { !isFar($0) }) {
            let now = owner.clock.monotonic()
            if firstAt == nil, openings.contains(where: isFar) { firstAt = now }
            if let firstAt, now - firstAt >= owner.options.openingPatience { return }
            try await owner.clock.sleep(for: .milliseconds(5))
        }
    }

    private static func assemble(
        _ owner: PipelineRunner, state: PipelineState, openings: [SinkOpening], start: SourceStart
    ) async throws -> PipelineRun {
        var runners: [SinkRunner] = []
        var needs: [SnapshotNeed] = []
        var orders: [SinkOpening.Order] = []
        var diagnostics: [Diagnostic] = []
        for (index, document) in owner.document.sinks.enumerated() {
            let sinkState = state.sinks[document.name] ?? SinkState()
            let found = try openings[index].found?.get()
            let progress = (found == nil ? sinkState.progress : found?.progress) ?? start.progress
            do {
                let runner = try makeRunner(
                    owner, document, openings[index], owner.sinks[index], start: start, state: state,
                    sinkState: sinkState, progress: progress)
                runners.append(runner)
                orders.append(
                    SinkOpening.Order(
                        source: start.identity, mappings: runner.initialMappings, progress: progress,
                        isAhead: found == nil))
                needs += snapshotNeeds(of: document, runner: runner, known: state.sinks[document.name])
            } catch let errors as ConfigurationErrors {
                diagnostics += errors.diagnostics
            }
        }
        if !diagnostics.isEmpty { throw ConfigurationErrors(diagnostics) }
        for (opening, order) in zip(openings, orders) { opening.begin(order) }
        let begun = openings.filter { $0.found != nil }
        try await wait(for: begun, owner) { $0.isOver }
        for opening in begun where opening.isOver { try await opening.waitUntilReady() }
        let snapshots = SnapshotCoordinator(owner: owner, needs: needs)
        // What is saved of a sink that was never fed is nothing: as long as it is not open, nothing is acknowledged.
        var saved = state.sinks.compactMapValues(\.progress)
        for (opening, order) in zip(openings, orders) where !order.isAhead && saved[opening.name] != nil {
            saved[opening.name] = order.progress
        }
        let keeper = CheckpointKeeper(
            owner: owner, start: start, epoch: state.epoch, sinks: runners, saved: saved, snapshots: snapshots.runs)
        let run = PipelineRun(
            owner: owner, start: start, epoch: state.epoch, sinks: runners, snapshots: snapshots, keeper: keeper)
        for runner in runners where runner.isOpen { run.noteOpen(runner) }
        return run
    }

    private static func makeRunner(
        _ owner: PipelineRunner, _ document: SinkDocument, _ opening: SinkOpening, _ sink: any ChangeSink,
        start: SourceStart, state: PipelineState, sinkState: SinkState, progress: SourceProgress
    ) throws -> SinkRunner {
        let router = try Router(writes: document.writes, tables: start.tables, sink: sink)
        var floors: [Int: Version] = [:]
        for (number, route) in router.routes.enumerated() { floors[number] = sinkState.floors[route.document.name] }
        let sorter = SinkSorter(
            router: router, epoch: state.epoch, appliedThrough: progress.commit, floors: floors,
            window: WindowLimits(
                bytesMax: owner.options.windowBytesMax, maySpill: owner.options.spillFolder != nil),
            followsLookUps: owner.options.followsLookUps)
        var limits = SinkRunner.Limits()
        limits.inboxBytes = owner.options.inboxBytes
        limits.pendingBytes = owner.options.pendingBytes
        limits.parkedInARowMax = owner.options.parkedInARowMax
        let name = document.name
        return SinkRunner(
            name: name, kind: document.kind, sink: sink, opening: opening, feedsFrom: progress, sorter: sorter,
            completer: RowCompleter(
                source: owner.source, bytesWanted: limits.pendingBytes / 4, hasJoins: router.hasJoins,
                clock: owner.clock, logger: owner.logger),
            parking: Parking(store: owner.store, clock: owner.clock, logger: owner.logger),
            spill: owner.options.spillFolder.map { SpillStore(folder: $0, clock: owner.clock) }, limits: limits,
            clock: owner.clock, logger: owner.logger,
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
    ) -> [SnapshotNeed] {
        var fingerprints: [TableName: UInt64] = [:]
        let streamed = Set(runner.initialMappings.filter { !$0.takesSnapshot }.map(\.request.name))
        for route in runner.routes where !streamed.contains(route.document.name) && route.document.messages == nil {
            fingerprints[route.table] = SnapshotFingerprint.of(
                fingerprints[route.table] ?? route.tableID, mapping: route.document.fingerprint)
        }
        return fingerprints.sorted { $0.key < $1.key }.map { table, fingerprint in
            let snapshot = known?.snapshots[table]
            let goesOn = snapshot?.fingerprint == fingerprint
            return SnapshotNeed(
                sink: document.name, table: table, fingerprint: fingerprint, known: snapshot,
                findsDeletes: goesOn ? snapshot?.findsDeletes ?? false : known != nil)
        }
    }

    /// Whether a target is the one that the checkpoint was made for, and where feeding it resumes; nil for a target
    /// that the pipeline has never written to.
    static func verify(
        _ state: SinkState, of sink: String, marker: SinkMarker?, incarnation: SinkIncarnation,
        in pipeline: PipelineState
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

internal import Change
internal import Connector
internal import Logging
internal import Synchronization

/// The end of a run that finds deletes: what stands in a sink below the run's version goes.
///
/// *Why nothing else goes.* Every row of the run bears the version of P, and a row that is left out was overtaken by a
/// change of a higher version. So when the run is settled in a sink, and with it what had overtaken its rows, each row
/// that the table had at P stands there in a version of at least P. What stands in a lower one is not of the table as it
/// was at P, or does not pass `where`: it was deleted while nothing followed. A row that was inserted since has a higher
/// version too, and the delete is guarded: it leaves what has a version above the one before P when it arrives.
///
/// The exception is a row that could not be written and was parked. Its key is spared.
///
/// In a sink that compares no versions a row of the run may be written over by what the stream brings again, which is at
/// or before P and comes to P at last. All of that is above what the sink had saved when the run was planned, and what
/// stands below that position is what goes.
///
/// A row that was deleted at or before P and that a stream which lags has still to bring is refused, because the delete
/// leaves its version behind.
extension PipelineRun {
    /// Sweeps every run that is settled in a sink and finds deletes, until cancelled.
    ///
    /// - Throws: where a sink says that it may be another one than before.
    func sweepFinishedRuns() async throws {
        while !Task.isCancelled {
            guard let order = snapshots.runs.nextSweep() else {
                await snapshots.runs.sweepNews.wait()
                continue
            }
            try await perform(order)
        }
    }

    private func perform(_ order: SnapshotRuns.SweepOrder) async throws {
        guard let sink = sinks.first(where: { $0.name == order.sink }) else { return }
        var backoff = Backoff()
        while !isStopped(sink.name) {
            do {
                if owner.options.sweepsWait { try await waitForWhatOvertook(in: sink) }
                let deleted = try await sweep(order, in: sink)
                snapshots.runs.swept(order, deleted: deleted)
                sink.onSettled()
                return
            } catch is CancellationError {
                throw CancellationError()
            } catch let error where RetryTable.decision(for: error) == .retry {
                owner.logger.warning(
                    "finding deletes failed; trying again",
                    metadata: ["sink": "\(sink.name)", "table": "\(order.plan.table)", "reason": "\(error)"])
                try await owner.clock.sleep(for: backoff.next(random: owner.clock.random()))
            } catch let error where RetryTable.decision(for: error) == .verifyTarget {
                throw error
            } catch {
                owner.logger.error(
                    "finding deletes failed; it begins again when the pipeline is restarted",
                    metadata: ["sink": "\(sink.name)", "table": "\(order.plan.table)", "reason": "\(error)"])
                return
            }
        }
    }

    /// Waits until everything is saved that was delivered by now, among it whatever overtook a row of the run.
    ///
    /// - Parameter patience: how long that may take; for ever where nothing is said.
    /// - Throws: ``MillraceError`` with the code `sinkUnavailable` when the patience is over.
    func waitForWhatOvertook(in sink: SinkRunner, patience: Duration? = nil) async throws {
        let delivered = delivered
        let since = owner.clock.monotonic()
        while keeper.saved(of: sink.name).0?.commit ?? 0 < delivered {
            if let patience, owner.clock.monotonic() - since > patience {
                throw MillraceError(
                    .sinkUnavailable, "it has not applied what came before within \(patience.components.seconds) s",
                    place: sink.name)
            }
            try await owner.clock.sleep(for: .milliseconds(50))
        }
    }

    private func sweep(_ order: SnapshotRuns.SweepOrder, in sink: SinkRunner) async throws -> Int {
        let commit = sink.sink.traits.comparesVersions ? order.plan.commit : order.plan.saved ?? 0
        let floor = Version(epoch: epoch, commit: min(commit, order.plan.commit), window: 0)
        var deleted = 0
        for plan in sink.initialPlans where sink.routes[plan.number].table == order.plan.table {
            let mapping = plan.mapping
            guard mapping.takesSnapshot else { continue }
            let place: Logger.Metadata = ["sink": "\(sink.name)", "mapping": "\(mapping.request.name)"]
            guard let target = sink.sink as? any ReadableSink else {
                owner.logger.notice("what the source no longer has stays: the sink cannot be read", metadata: place)
                continue
            }
            if let obstacle = target.obstacle(toScanning: mapping) {
                owner.logger.notice("what the source no longer has stays: \(obstacle)", metadata: place)
                continue
            }
            let count = try await sweep(
                mapping, of: target, below: floor, sparing: spared(by: plan, in: order.sink, since: floor))
            if count > 0 {
                owner.logger.notice(
                    "deleted what the source no longer has", metadata: place.merging(["rows": "\(count)"]) { $1 })
            }
            deleted += count
        }
        return deleted
    }

    /// The keys of rows whose changes are parked.
    func spared(by plan: MappingPlan, in sink: String, since version: Version) async throws -> SparedKeys {
        let table = plan.mapping.request.schema.table
        return try await owner.clock.perform("millrace-parked") { [store = owner.store] in
            try SparedKeys(of: plan, table: table, in: sink, since: version, store: store)
        }
    }

    private func sweep(
        _ mapping: any RowMapping, of target: any ReadableSink, below floor: Version, sparing spared: SparedKeys
    ) async throws -> Int {
        let deleted = Mutex(0)
        try await target.scan(mapping) { entries in
            let gone = entries.filter { $0.version < floor && !spared.contains($0.key) }
            guard !gone.isEmpty else { return }
            let count = try await target.delete(gone, of: mapping, upTo: floor.before)
            deleted.withLock { $0 += count }
        }
        return deleted.withLock { $0 }
    }
}

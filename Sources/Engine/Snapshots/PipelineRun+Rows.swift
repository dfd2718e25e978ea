internal import Connector
internal import Logging
internal import Synchronization
internal import Threads

/// Rows of a run wait at the source while a sink that takes them has enough of them: neither the stream nor another run
/// then waits for the sink.
extension PipelineRun {
    /// Has rows wait, or come.
    func keepPace() {
        if !putOff().isEmpty { rowsWait.set() }
    }

    /// - Returns: the runs whose rows wait.
    private func putOff() -> [SnapshotRuns.OpenRun] {
        puttingOff.withLock { _ in
            let waiting = snapshots.runs.openRuns.filter(mustWait)
            handover.putOff(Set(waiting.map(\.number)))
            return waiting
        }
    }

    /// Takes up rows that wait as soon as there is room for them, and leaves those sinks out that hold them up, until
    /// cancelled.
    func takeUpRows() async throws {
        var lateness = RowLateness(window: owner.options.latenessWindow)
        while !Task.isCancelled {
            await rowsWait.wait()
            lateness.begin(at: owner.clock.monotonic())
            while case let waiting = putOff(), !waiting.isEmpty {
                let looks = waiting.filter { !$0.isAudit }.flatMap(look)
                for late in lateness.late(looks, at: owner.clock.monotonic()) {
                    owner.logger.notice(
                        "the sink holds up the reading of a table: it gets the rest when it has room",
                        metadata: ["sink": "\(late.sink)"])
                    for feed in feeds where feed.sink.name == late.sink { leaveOut(feed, of: late.run) }
                }
                try await owner.clock.sleep(for: .milliseconds(5))
            }
        }
    }

    private func mustWait(_ run: SnapshotRuns.OpenRun) -> Bool {
        if run.isAudit { return isAheadOfTempo(run.number) || takers(of: run).contains(where: \.isFullOfRows) }
        return takers(of: run).contains(where: \.inbox.isFilling)
    }

    private func takers(of run: SnapshotRuns.OpenRun) -> [SinkRunner] {
        sinks.filter { run.sinks.contains($0.name) && !isStopped($0.name) }
    }

    private func isAheadOfTempo(_ audit: Int) -> Bool {
        guard let tempo = auditTempo.withLock({ $0 }) else { return false }
        return tempo.pause(after: snapshots.runs.rowsRead(in: audit), at: owner.clock.monotonic()) > .zero
    }

    private func look(at run: SnapshotRuns.OpenRun) -> [RowLateness.Look] {
        takers(of: run).map { sink in
            RowLateness.Look(
                run: run.number, sink: sink.name, hasEnough: sink.inbox.isFilling,
                isIdle: sink.inbox.queuedBytes == 0 && sink.gate.pending.writes == 0, progress: sink.progress)
        }
    }

    /// Leaves a sink out of a run, until it has recovered.
    func leaveOut(_ feed: SinkFeed, of run: Int) {
        snapshots.runs.postpone(run, in: feed.sink.name)
        if !Task.isCancelled { feed.askForRecovery() }
    }
}

internal import Connector
internal import Synchronization

extension SinkRunner {
    /// Whether more rows that are compared would only hold up the changes behind them.
    var isFullOfRows: Bool { inbox.queuedBytes + gate.pending.bytes > Self.comparedBytesMax }
    private static let comparedBytesMax = 4 << 20

    /// Compares rows in their lane: every write of theirs that came before is applied, and none that comes after.
    func compare(_ writes: [PendingWrite]) async throws {
        let (compared, digested) = audits.expect(writes)
        if !digested.isEmpty, let target = sink as? any DigestingSink {
            audits.note(target.digests(of: digested.map(\.write)), of: digested)
        }
        if !compared.isEmpty, let target = sink as? any ComparableSink { try await compare(compared, with: target) }
        book.withLock { book in
            for write in writes { book.settleAudited(write) }
        }
        gate.leave(bytes: writes.reduce(0) { $0 + $1.cost }, writes: writes.count)
        onSettled()
    }

    private func compare(_ writes: [PendingWrite], with target: any ComparableSink) async throws {
        var backoff = Backoff()
        while true {
            try await waitForBreaker()
            do {
                let comparisons = try await target.compare(writes.map(\.write))
                guard comparisons.count == writes.count else {
                    throw MillraceError(
                        .invariant, "the sink answered \(comparisons.count) comparisons for \(writes.count) rows",
                        place: name)
                }
                breaker.withLock { $0.succeeded() }
                return audits.note(comparisons, of: writes)
            } catch let error as MillraceError where RetryTable.decision(for: error) == .stop {
                // The pipeline goes on: only the audit ends here.
                return audits.noteFailure(error, of: writes[0].auditRun)
            } catch {
                try fault(error)
                try await clock.sleep(for: backoff.next(random: clock.random()))
            }
        }
    }
}

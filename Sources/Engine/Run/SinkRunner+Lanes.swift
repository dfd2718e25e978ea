internal import Connector
internal import Synchronization

/// Takes what waits in a lane, applies it, and sends again in order what the sink did not take.
extension SinkRunner {
    func runLane(_ lane: Int) async throws {
        var reach = BatchReach(upTo: traits.batchCountMax)
        while let taken = await lanes[lane].take(countMax: reach.count, bytesMax: traits.batchBytesMax) {
            guard taken.contains(where: { $0.auditRun > 0 }) else {
                try await apply(taken, lane: lane, &reach)
                continue
            }
            // Rows are compared between the writes that they stand between.
            var rest = taken[...]
            while let isAudit = rest.first.map({ $0.auditRun > 0 }) {
                let run = Array(rest.prefix { ($0.auditRun > 0) == isAudit })
                rest = rest.dropFirst(run.count)
                if isAudit { try await compare(run) } else { try await apply(run, lane: lane, &reach) }
            }
        }
    }

    private func apply(_ writes: [PendingWrite], lane: Int, _ reach: inout BatchReach) async throws {
        var remaining = writes
        var batchMax = writes.count
        var backoff = Backoff()
        while !remaining.isEmpty {
            let count = min(batchMax, reach.count)
            let part = count < remaining.count ? Array(remaining.prefix(count)) : remaining
            let outcome = try await attempt(part, lane: lane)
            if outcome.isAnswered { reach.noteSuccess() } else { reach.noteFailure(of: part.count) }
            if outcome.retries.count == part.count, outcome.mustSplit {
                batchMax = max(1, batchMax / 2)
            } else if !outcome.retries.isEmpty {
                try await clock.sleep(for: backoff.next(random: clock.random()))
            } else {
                backoff.reset()
                // What had to be alone is found: the rest may go together again.
                batchMax = min(writes.count, batchMax * 2)
            }
            remaining = outcome.retries + remaining.dropFirst(part.count)
        }
    }

    private struct Attempt {
        var retries: [PendingWrite] = []
        var mustSplit = false
        /// Whether the sink said what became of the writes.
        var isAnswered = true
    }

    /// Sends one part of a lane's batch and settles what can be; what remains has to be sent again, in order.
    private func attempt(_ part: [PendingWrite], lane: Int) async throws -> Attempt {
        try await waitForBreaker()
        let results: [ItemResult]
        do {
            results = try await sink.apply(part.map(\.write), lane: lane)
            CrashPoint.afterSink.pass()
        } catch {
            try fault(error)
            return Attempt(retries: part, isAnswered: false)
        }
        guard results.count == part.count else {
            throw MillraceError(
                .invariant, "the sink answered \(results.count) results for \(part.count) writes", place: name)
        }
        breaker.withLock { $0.succeeded() }
        return try await settle(part, results)
    }

    private func settle(_ part: [PendingWrite], _ results: [ItemResult]) async throws -> Attempt {
        var attempt = Attempt()
        var parked: [(PendingWrite, String)] = []
        var stop: MillraceError?
        let now = clock.now()
        let done = book.withLock { book in
            let done = book.settleDone(part, results, at: now)
            book.batches += 1
            book.writes += UInt64(done.count)
            guard done.count < part.count else { return done }
            for (write, result) in zip(part, results) {
                switch result {
                case .applied, .stale: continue
                case .retry(let reason):
                    attempt.retries.append(write)
                    book.retries += 1
                    book.lastRetryReason = reason
                case .split(let reason):
                    guard part.count > 1 else {
                        parked.append((write, reason))
                        continue
                    }
                    attempt.mustSplit = true
                    attempt.retries.append(write)
                case .park(let reason): parked.append((write, reason))
                case .stop(let error): stop = stop ?? error
                }
            }
            return done
        }
        if done.count > 0 { gate.leave(bytes: done.bytes, writes: done.count) }
        if !parked.isEmpty {
            try await park(parked)
            gate.leave(bytes: parked.reduce(0) { $0 + $1.0.cost }, writes: parked.count)
        }
        if done.count + parked.count > 0 { onSettled() }
        if let stop { throw stop }
        return attempt
    }
}

internal import Change
internal import Connector
internal import Histogram

/// Everything that one sink counts: what is settled, what became of the changes, how late they were.
struct SinkBook {
    var settlement = Settlement()
    var counts: [LedgerCounts]
    private var lag = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: 24 * 3600 * 1_000_000, numberOfSignificantValueDigits: .two)
    private var latestLag: Int64 = 0
    var batches: UInt64 = 0
    var writes: UInt64 = 0
    var retries: UInt64 = 0
    var lastRetryReason: String?
    /// What the sink does while it takes no writes; nil while it takes them.
    var activity: String?
    /// Parked changes in a row without another outcome, by mapping.
    private(set) var parkedInARow: [Int]

    init(mappings: Int) {
        counts = Array(repeating: LedgerCounts(), count: mappings)
        parkedInARow = Array(repeating: 0, count: mappings)
    }

    /// Takes what the sorter learned, before any of its writes is under way.
    mutating func register(_ sorted: borrowing SortedWrites) {
        for entry in sorted.tickets { settlement.register(entry) }
        for (mapping, delta) in sorted.counts.enumerated() { counts[mapping].add(delta) }
    }

    mutating func settle(_ write: PendingWrite, as outcome: Outcome, at now: Int64) {
        count(write.changes, of: write.mapping, since: write.write.committedAt, as: outcome, at: now)
        settlement.settle(1, of: write.ticket)
    }

    /// Settles those writes that the sink has applied, or has newer.
    ///
    /// - Returns: how many they are, and what they held of the sink's byte limit.
    mutating func settleDone(
        _ writes: [PendingWrite], _ results: [ItemResult], at now: Int64
    ) -> (count: Int, bytes: Int) {
        let (writes, results) = (writes.span, results.span)
        var done = (count: 0, bytes: 0)
        var ticket: Ticket?
        var ofTicket = 0
        for index in writes.indices {
            let outcome: Outcome
            switch results[index] {
            case .applied: outcome = .applied
            case .stale: outcome = .stale
            case .retry, .split, .park, .stop: continue
            }
            count(
                writes[index].changes, of: writes[index].plan.number, since: writes[index].write.committedAt,
                as: outcome, at: now)
            done.count += 1
            done.bytes += writes[index].cost
            if ticket != writes[index].ticket {
                if let ticket { settlement.settle(ofTicket, of: ticket) }
                (ticket, ofTicket) = (writes[index].ticket, 0)
            }
            ofTicket += 1
        }
        if let ticket { settlement.settle(ofTicket, of: ticket) }
        return done
    }

    private mutating func count(
        _ changes: Int, of mapping: Int, since committedAt: Int64, as outcome: Outcome, at now: Int64
    ) {
        let changes = UInt64(changes)
        parkedInARow[mapping] = outcome == .parked ? parkedInARow[mapping] + 1 : 0
        switch outcome {
        case .applied:
            counts[mapping].applied += changes
            recordLag(since: committedAt, at: now)
        case .stale: counts[mapping].stale += changes
        case .filtered: counts[mapping].filtered += changes
        case .superseded: counts[mapping].superseded += changes
        case .parked: counts[mapping].parked += changes
        }
    }

    /// Takes note of rows that are written again because of another table's change.
    mutating func register(dependents count: Int, of mapping: Int, ticket: Ticket) {
        settlement.register(TicketEntry(ticket: ticket, added: count))
        counts[mapping].received += UInt64(count)
    }

    /// Settles another table's change, whose dependents are registered.
    mutating func settleTrigger(_ trigger: PendingWrite) { settlement.settle(1, of: trigger.ticket) }

    /// Settles a row that was compared.
    mutating func settleAudited(_ write: PendingWrite) { settlement.settle(1, of: write.ticket) }

    /// Settles a change that parked before it became a write.
    mutating func settleParked(_ change: UnkeyedChange) {
        counts[change.plan.number].parked += 1
        parkedInARow[change.plan.number] += 1
        settlement.settle(1, of: change.origin.ticket)
    }

    /// Settles a truncate.
    mutating func settleTruncate(of mapping: Int, ticket: Ticket) {
        counts[mapping].applied += 1
        settlement.settle(1, of: ticket)
    }

    var lagSummary: LagSummary? {
        guard lag.totalCount > 0 else { return nil }
        return LagSummary(
            count: UInt64(lag.totalCount), p50: Int64(lag.valueAtPercentile(50)), p99: Int64(lag.valueAtPercentile(99)),
            max: Int64(lag.max), latest: latestLag)
    }

    private mutating func recordLag(since committedAt: Int64, at now: Int64) {
        // Rows of a snapshot have no commit of their own.
        guard committedAt > 0 else { return }
        latestLag = max(0, now - committedAt)
        _ = lag.record(UInt64(min(latestLag, 24 * 3600 * 1_000_000)))
    }
}

/// What became of a write.
enum Outcome: Equatable {
    case applied
    case stale
    case filtered
    case superseded
    case parked
}

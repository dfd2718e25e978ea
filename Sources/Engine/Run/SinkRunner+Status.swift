internal import Connector
internal import Pipelines
internal import Synchronization

extension SinkRunner {
    /// What is another when anything has moved: bytes under way, and writes that are done.
    var progress: [Int] { [gate.pending.bytes, Int(clamping: book.withLock { $0.writes })] }

    /// How the sink stands, as far as the sink itself knows.
    var status: SinkStatus {
        var status = SinkStatus(name: name, kind: kind)
        (status.pendingBytes, status.pendingWrites) = gate.pending
        status.pendingBytes += inbox.queuedBytes
        status.isCircuitOpen = !isOpen || breaker.withLock { $0.isOpen }
        book.withLock { book in
            status.applied = book.settlement.watermark
            status.batches = book.batches
            status.writes = book.writes
            status.retries = book.retries
            status.lastRetryReason = opening.lastFailure ?? book.lastRetryReason
            status.activity = book.activity
            status.lag = book.lagSummary
            status.ledger = zip(routes, book.counts).map { route, counts in
                LedgerLine(table: route.table, mapping: route.document.name, counts: counts)
            }
        }
        return status
    }
}

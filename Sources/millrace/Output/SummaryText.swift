internal import Control

/// What became of everything, at the end of a run.
enum SummaryText {
    static func lines(for report: StatusReport) -> [String] {
        let source = report.source
        let span = Quantity.time(microseconds: max(0, report.atUs - report.startedAtUs))
        var lines = [
            "\(report.pipeline): \(report.phase) after \(span); \(Quantity.count(source.changes)) changes in "
                + "\(Quantity.count(source.transactions)) transactions, \(Quantity.bytes(source.bytes))"
        ]
        for snapshot in report.snapshots {
            lines.append("  \(snapshot.title): \(state(of: snapshot))")
        }
        for sink in report.sinks { lines += Self.lines(for: sink) }
        return lines
    }

    private static func state(of snapshot: SnapshotReport) -> String {
        let rows = "\(Quantity.count(snapshot.rowsRead)) rows"
        guard !snapshot.complete else { return "\(rows), complete" }
        return snapshot.delay ?? "\(rows), \(snapshot.chunksFinished) of \(snapshot.chunkCount) parts durable"
    }

    /// How a sink's changes add up, and how late they were.
    static func lines(for sink: SinkReport) -> [String] {
        var lines = ["  \(sink.name): \(balance(of: sink.total))"]
        if let lag = sink.lag {
            lines.append(
                "    lag from commit to applied: p50 \(Quantity.time(microseconds: lag.p50Us)), "
                    + "p99 \(Quantity.time(microseconds: lag.p99Us)), most \(Quantity.time(microseconds: lag.maxUs))")
        }
        let mean = sink.batches == 0 ? 0 : sink.writes / sink.batches
        lines.append(
            "    \(Quantity.count(sink.writes)) writes in \(Quantity.count(sink.batches)) batches of about "
                + "\(Quantity.count(mean)), \(Quantity.count(sink.retries)) sent again")
        if let standstill = sink.standstill { lines.append("    \(standstill)") }
        return lines
    }

    /// `received 9 = applied 5 + stale 1 + …`: every outcome, so that nothing can be missing unseen.
    static func balance(of line: LedgerReport) -> String {
        var terms = line.outcomes.map { "\($0.name) \(Quantity.count($0.count))" }
        if line.pending > 0 { terms.append("on their way \(Quantity.count(line.pending))") }
        return "received \(Quantity.count(line.received)) = \(terms.joined(separator: " + "))"
    }
}

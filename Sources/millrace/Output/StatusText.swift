internal import Control

/// How a pipeline stands, for people.
enum StatusText {
    static func lines(for report: StatusReport) -> [String] {
        var lines = ["\(report.pipeline): \(report.phase)\(report.caughtUp ? ", caught up" : "")"]
        if let reason = report.reason { lines.append("  because \(reason)") }
        lines.append("  source: \(source(report.source))")
        for warning in report.source.warnings { lines.append("  warning: \(warning)") }
        for snapshot in report.snapshots { lines.append("  \(snapshot.title): \(Self.snapshot(snapshot))") }
        for sink in report.sinks {
            lines += SummaryText.lines(for: sink)
            lines.append("    \(queue(sink, at: report.atUs))")
            for line in sink.changes { lines.append("      \(line.mapping): \(SummaryText.balance(of: line))") }
        }
        if let parked = report.parkedWaiting, parked > 0 {
            lines.append("  parked: \(Quantity.count(parked)) waiting; see millrace parked list \(report.pipeline)")
        }
        return lines
    }

    /// What a store tells of a pipeline that does not run.
    static func lines(for checkpoint: CheckpointReport) -> [String] {
        var lines = ["\(checkpoint.pipeline): epoch \(checkpoint.epoch)"]
        lines.append("  source: \(checkpoint.source ?? "never read")")
        for sink in checkpoint.sinks {
            let position = sink.progress.map { "durable up to \($0.end)" } ?? "nothing durable yet"
            lines.append("  \(sink.name): \(position)")
            for snapshot in sink.snapshots {
                let state =
                    snapshot.complete
                    ? "complete" : "\(snapshot.chunksFinished) of \(snapshot.chunkCount) parts durable"
                lines.append("    snapshot \(snapshot.table): \(state)")
            }
        }
        return lines
    }

    private static func source(_ source: SourceReport) -> String {
        var parts = [
            "\(Quantity.count(source.changes)) changes in \(Quantity.count(source.transactions)) transactions"
        ]
        if let lag = source.lagBytes { parts.append("\(Quantity.bytes(lag)) behind its log's end") }
        if let retained = source.retainedBytes {
            let most = source.retainedBytesMax.map { " of at most \(Quantity.bytes($0))" } ?? ""
            parts.append("\(Quantity.bytes(retained))\(most) retained")
        }
        return parts.joined(separator: ", ")
    }

    private static func snapshot(_ snapshot: SnapshotReport) -> String {
        let rows = "\(Quantity.count(snapshot.rowsRead)) rows"
        let deleted = snapshot.rowsDeleted > 0 ? ", \(Quantity.count(snapshot.rowsDeleted)) deleted from the sinks" : ""
        guard !snapshot.complete else { return "complete, \(rows)\(deleted)" }
        if let delay = snapshot.delay { return delay }
        return "\(rows) of about \(Quantity.count(snapshot.rowsEstimated)), "
            + "\(snapshot.chunksFinished) of \(snapshot.chunkCount) parts durable\(snapshot.hindrance)"
    }

    private static func queue(_ sink: SinkReport, at now: Int64) -> String {
        var parts = ["\(Quantity.count(sink.pendingWrites)) writes pending"]
        if let saved = sink.checkpointAtUs {
            parts.append("checkpoint saved \(Quantity.time(microseconds: max(0, now - saved))) ago")
        }
        if sink.detached { parts.append("fed by a stream of its own until it has caught up") }
        return parts.joined(separator: ", ")
    }
}

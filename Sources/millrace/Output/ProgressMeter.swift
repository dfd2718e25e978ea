internal import Control

/// One line of progress.
struct ProgressLine: Equatable {
    var pipeline: String
    var text: String
    /// False while nothing moves.
    var isWorthLogging: Bool
}

/// Makes lines of progress out of one report after another: rates are of the time since the last one.
struct ProgressMeter {
    private var last: [String: StatusReport] = [:]

    /// The lines for the pipelines as they stand now.
    mutating func lines(for reports: [StatusReport]) -> [ProgressLine] {
        reports.flatMap { report in
            let before = last.updateValue(report, forKey: report.pipeline)
            return snapshotLines(report, since: before) + [streamLine(report, since: before)]
        }
    }

    /// Only the lines of what is being copied.
    mutating func snapshotLines(for reports: [StatusReport]) -> [ProgressLine] {
        reports.flatMap { report in
            snapshotLines(report, since: last.updateValue(report, forKey: report.pipeline))
        }
    }

    private func snapshotLines(_ report: StatusReport, since before: StatusReport?) -> [ProgressLine] {
        report.unfinishedSnapshots.map { snapshotLine($0, of: report, since: before) }
    }

    private func snapshotLine(
        _ snapshot: SnapshotReport, of report: StatusReport, since before: StatusReport?
    ) -> ProgressLine {
        if let delay = snapshot.delay {
            let isKnown = before?.snapshots.contains { ($0.title, $0.delay) == (snapshot.title, delay) } ?? false
            return ProgressLine(
                pipeline: report.pipeline, text: "\(snapshot.title): \(delay)", isWorthLogging: !isKnown)
        }
        let known = before?.snapshots.first { $0.table == snapshot.table && $0.startedAtUs == snapshot.startedAtUs }
        let rate = Self.rate(from: known?.rowsRead, to: snapshot.rowsRead, over: Self.seconds(from: before, to: report))
        let total = max(UInt64(clamping: snapshot.rowsEstimated), snapshot.rowsRead)
        var text =
            "\(snapshot.title): \(Quantity.count(snapshot.rowsRead)) of about \(Quantity.count(total)) rows"
        text += ", \(Quantity.bytes(snapshot.bytesRead))"
        if let rate, rate >= 1 {
            let left = Double(total - snapshot.rowsRead) / rate
            text += ", \(Quantity.count(Int(rate))) rows/s"
            if left >= 1 { text += ", \(Quantity.time(microseconds: Int64(left * 1_000_000))) left" }
        }
        text += snapshot.hindrance
        return ProgressLine(pipeline: report.pipeline, text: text, isWorthLogging: true)
    }

    private func streamLine(_ report: StatusReport, since before: StatusReport?) -> ProgressLine {
        let seconds = Self.seconds(from: before, to: report)
        let rate = Self.rate(from: before?.source.changes, to: report.source.changes, over: seconds) ?? 0
        var parts = [report.phase, "\(Quantity.count(Int(rate))) changes/s"]
        for sink in report.sinks {
            var text = sink.name
            if let lag = sink.lag {
                text +=
                    " lag p50 \(Quantity.time(microseconds: lag.p50Us)) p99 \(Quantity.time(microseconds: lag.p99Us))"
            }
            if sink.pendingWrites > 0 { text += " \(Quantity.count(sink.pendingWrites)) pending" }
            if sink.total.parked > 0 { text += " \(Quantity.count(sink.total.parked)) parked" }
            if let standstill = sink.standstill { text += " \(standstill)" }
            parts.append(text)
        }
        return ProgressLine(
            pipeline: report.pipeline, text: parts.joined(separator: ", "),
            isWorthLogging: report.source.changes != before?.source.changes || report.phase != before?.phase)
    }

    private static func rate(from old: UInt64?, to new: UInt64, over seconds: Double?) -> Double? {
        guard let seconds, seconds > 0, let old, new >= old else { return nil }
        return Double(new - old) / seconds
    }

    private static func seconds(from before: StatusReport?, to report: StatusReport) -> Double? {
        before.map { Double(report.atUs - $0.atUs) / 1_000_000 }
    }
}

internal import Control
internal import Engine

/// A line for each sink of each pipeline: how fast it goes, how late it is, and what became of the changes. Below stands
/// what is being copied, and why something does not go on.
struct ProgressTable {
    private struct Sample {
        var at: Int64
        var settled: [String: UInt64]
    }

    private static let head = [
        "pipeline", "sink", "state", "changes/s", "lag p50", "lag p99", "applied", "stale", "parked", "pending",
    ]
    /// How many columns are words, which begin at the left.
    private static let wordColumns = 3

    private var last: [String: Sample] = [:]
    private var meter = ProgressMeter()

    /// The table for the pipelines as they stand now; rates are of the time since the last one.
    mutating func lines(for reports: [StatusReport]) -> [String] {
        var rows = [Self.head]
        var notes: [String] = []
        for report in reports {
            let before = last[report.pipeline]
            let settled = Dictionary(report.sinks.map { ($0.name, Self.settled($0)) }) { first, _ in first }
            last[report.pipeline] = Sample(at: report.atUs, settled: settled)
            for sink in report.sinks { rows.append(Self.row(sink, of: report, since: before)) }
            notes += Self.notes(report)
        }
        notes += meter.snapshotLines(for: reports).map { "\($0.pipeline): \($0.text)" }
        return Self.aligned(rows) + notes
    }

    private static func row(_ sink: SinkReport, of report: StatusReport, since before: Sample?) -> [String] {
        let total = sink.total.counts
        return [
            report.pipeline, sink.name, state(sink, report), rate(sink, at: report.atUs, since: before),
            sink.lag.map { Quantity.time(microseconds: $0.p50Us) } ?? "",
            sink.lag.map { Quantity.time(microseconds: $0.p99Us) } ?? "",
            Quantity.count(total.applied), Quantity.count(total.stale), Quantity.count(total.parked),
            Quantity.count(sink.pendingWrites),
        ]
    }

    private static func state(_ sink: SinkReport, _ report: StatusReport) -> String {
        if sink.stopReason != nil { return "stopped" }
        if sink.circuitOpen { return "waiting" }
        if !report.unfinishedSnapshots.isEmpty { return "copying" }
        return sink.detached ? "catching up" : report.phase
    }

    private static func rate(_ sink: SinkReport, at now: Int64, since before: Sample?) -> String {
        let settled = settled(sink)
        guard let before, let old = before.settled[sink.name], settled >= old, now > before.at else { return "" }
        return Quantity.count(Int(Double(settled - old) * 1_000_000 / Double(now - before.at)))
    }

    private static func settled(_ sink: SinkReport) -> UInt64 { sink.total.counts.settled }

    /// Why something does not go on.
    private static func notes(_ report: StatusReport) -> [String] {
        let failure = report.reason.map { ["\(report.pipeline): \($0)"] } ?? []
        return failure
            + report.sinks.compactMap { sink in sink.standstill.map { "\(report.pipeline), \(sink.name): \($0)" } }
    }

    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column < wordColumns ? row[column] + padding : padding + row[column]
            }.joined(separator: "  ")
        }
    }
}

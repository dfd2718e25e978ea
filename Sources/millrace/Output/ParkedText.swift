internal import Control

/// A parked change in one line, without its row.
enum ParkedText {
    static func line(for report: ParkedReport) -> String {
        let replayed = report.replayedAtUs == nil ? "" : " (replayed)"
        let time = LogTime(milliseconds: report.parkedAtUs / 1_000).stamp
        return "\(report.number)  \(time)  \(report.sink)  \(report.table)  \(report.kind)  \(report.reason)\(replayed)"
    }
}

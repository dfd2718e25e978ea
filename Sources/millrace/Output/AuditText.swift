internal import Audit

/// An audit's report for a terminal.
enum AuditText {
    /// So many findings of a mapping are shown.
    private static let findingsShown = 20

    static func lines(of report: AuditReport) -> [String] {
        var lines = ["\(report.pipeline): \(verdict(of: report))"]
        if report.isResumed == true { lines.append("  went on with an audit that was interrupted") }
        if let replay = report.replay {
            lines.append("  \(Quantity.count(replay.changes)) parked changes were replayed")
            if replay.parkedAgain > 0 {
                lines.append(
                    "    \(Quantity.count(replay.parkedAgain)) of them parked again: their cause is not mended")
            }
            lines += replay.failures.map { "    not replayed: \($0)" }
        }
        for part in report.parts {
            lines.append("  \(part.sink) \(part.mapping) from \(part.table)")
            lines.append("    \(counts(of: part))")
            lines += notes(of: part).map { "    \($0)" }
            lines += part.findings.prefix(findingsShown).map { "    \(finding($0))" }
            let more = Int(part.findingCount) - min(part.findings.count, findingsShown)
            if more > 0 { lines.append("    and \(Quantity.count(more)) more") }
        }
        return lines
    }

    static func line(for progress: AuditProgress) -> String {
        var text = "auditing \(progress.table) (\(progress.begun) of \(progress.tables))"
        if progress.rowsRead > 0 {
            let total = max(progress.rowsRead, UInt64(clamping: progress.rowsEstimated))
            text += ": \(Quantity.count(progress.rowsRead)) of about \(Quantity.count(total)) rows"
        }
        if progress.entriesRead > 0 { text += ", \(Quantity.count(progress.entriesRead)) entries of the sinks" }
        if let hindrance = progress.waitsFor { text += "; it waits: \(hindrance)" }
        return text
    }

    /// In one sentence.
    static func verdict(of report: AuditReport) -> String {
        let rows = report.parts.reduce(0) { $0 + $1.rows }
        let seconds = Quantity.time(microseconds: report.finishedAt - report.startedAt)
        let cost = "\(Quantity.count(rows)) rows compared in \(seconds)"
        if report.findingCount > 0 { return "\(Quantity.count(report.findingCount)) differences; \(cost)" }
        return report.exitStatus == 0
            ? "everything agrees; \(cost)" : "nothing differs as far as it could be told; \(cost)"
    }

    static func counts(of part: AuditReport.Part) -> String {
        if let obstacle = part.obstacle { return "not compared: \(obstacle)" }
        var counts = ["\(Quantity.count(part.rows)) rows", "\(Quantity.count(part.equal)) equal"]
        let others = [
            (part.missing, "missing"), (part.different, "different"), (part.extra, "extra"),
            (part.inconclusive, "inconclusive"), (part.unverifiableCount, "unverifiable"),
        ]
        for (count, word) in others where count > 0 { counts.append("\(Quantity.count(count)) \(word)") }
        if let repaired = part.repaired { counts.append("\(Quantity.count(repaired)) repaired") }
        return counts.joined(separator: ", ")
    }

    /// What a reader has to know beside the counts.
    static func notes(of part: AuditReport.Part) -> [String] {
        var notes = part.unverifiable.sorted { $0.key < $1.key }.map {
            "\(Quantity.count($0.value)) unverifiable: \($0.key)"
        }
        if let obstacle = part.scanObstacle { notes.append("rows without a source were not looked for: \(obstacle)") }
        if part.isTimedOut { notes.append("the sink did not get so far in time") }
        if let failure = part.sinkFailure { notes.append("the sink failed: \(failure)") }
        if let failure = part.sourceFailure { notes.append("the source failed: \(failure)") }
        if let refusal = part.repairRefusal { notes.append("nothing was repaired: \(refusal)") }
        return notes
    }

    static func finding(_ finding: AuditFinding) -> String {
        var text = "\(finding.kind.rawValue) \(finding.target)"
        if !finding.key.isEmpty { text += " (key \(finding.key.joined(separator: ", ")))" }
        let columns = finding.columns.map { column in
            guard column.expected != nil || column.found != nil else { return column.name }
            return "\(column.name): \(quoted(column.expected)) in the source, \(quoted(column.found)) in the sink"
        }
        return columns.isEmpty ? text : "\(text) \(columns.joined(separator: "; "))"
    }

    private static func quoted(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "nothing" }
}

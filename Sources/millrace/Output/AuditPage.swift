internal import Audit
internal import Foundation

/// An audit's report as a page that stands alone: no script, nothing from elsewhere.
struct AuditPage {
    private let report: AuditReport

    init(_ report: AuditReport) {
        self.report = report
    }

    var text: String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>Audit of \(Self.escaped(report.pipeline))</title>
        <meta name="viewport" content="width=device-width"><style>\(Self.style)</style></head><body>
        <h1>\(Self.escaped(report.pipeline))</h1>
        <p class="verdict \(report.findingCount > 0 ? "bad" : report.exitStatus == 0 ? "good" : "unsure")">\(Self.escaped(AuditText.verdict(of: report)))</p>
        <p>From \(time(report.startedAt)) to \(time(report.finishedAt)), while the pipeline ran.</p>
        <table><thead><tr><th>sink</th><th>mapping</th><th>table</th><th>rows</th><th>equal</th><th>missing</th>
        <th>different</th><th>extra</th><th>inconclusive</th><th>unverifiable</th><th>verified up to</th></tr></thead>
        <tbody>\(report.parts.map(row).joined(separator: "\n"))</tbody></table>
        \(report.parts.map(details).joined(separator: "\n"))
        </body></html>

        """
    }

    private func row(_ part: AuditReport.Part) -> String {
        let head = [part.sink, part.mapping, part.table].map { "<td>\(Self.escaped($0))</td>" }.joined()
        if let obstacle = part.obstacle {
            return "<tr class=\"unsure\">\(head)<td colspan=\"8\">not compared: \(Self.escaped(obstacle))</td></tr>"
        }
        let counts = [
            part.rows, part.equal, part.missing, part.different, part.extra, part.inconclusive, part.unverifiableCount,
        ]
        let cells = counts.map { "<td class=\"number\">\(Quantity.count($0))</td>" }.joined()
        let state = part.findingCount > 0 ? "bad" : "good"
        return
            "<tr class=\"\(state)\">\(head)\(cells)<td class=\"number\">\(part.verifiedUpTo.map(String.init) ?? "")</td></tr>"
    }

    private func details(_ part: AuditReport.Part) -> String {
        let notes = AuditText.notes(of: part) + (part.repaired.map { ["\(Quantity.count($0)) repaired"] } ?? [])
        guard !part.findings.isEmpty || !notes.isEmpty else { return "" }
        let left = Int(part.findingCount) - part.findings.count
        return """
            <details><summary>\(Self.escaped("\(part.sink) \(part.mapping)"))</summary>
            \(notes.map { "<p>\(Self.escaped($0))</p>" }.joined())
            <table><thead><tr><th>finding</th><th>key</th><th>in the sink</th><th>column</th><th>source</th><th>sink</th></tr></thead>
            <tbody>\(part.findings.map(finding).joined(separator: "\n"))</tbody></table>
            \(left > 0 ? "<p>and \(Quantity.count(left)) more</p>" : "")</details>
            """
    }

    private func finding(_ finding: AuditFinding) -> String {
        let columns = finding.columns.isEmpty ? [nil] : finding.columns.map { Optional($0) }
        let first = [finding.kind.rawValue, finding.key.joined(separator: ", "), finding.target]
        return columns.enumerated().map { index, column in
            let cells =
                (index == 0 ? first : ["", "", ""]) + [column?.name ?? "", column?.expected ?? "", column?.found ?? ""]
            return "<tr>\(cells.map { "<td>\(Self.escaped($0))</td>" }.joined())</tr>"
        }.joined()
    }

    private func time(_ microseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000).formatted(.iso8601)
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static let style = """
        body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1b1f24}
        table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.35rem .6rem;
        border-bottom:1px solid #d9dee3;vertical-align:top;overflow-wrap:anywhere}th{font-weight:600;color:#57606a}
        .number{text-align:right;font-variant-numeric:tabular-nums}.verdict{font-size:1.25rem;padding:.6rem 1rem;
        border-radius:.4rem}.verdict.good{background:#dafbe1}.verdict.bad{background:#ffebe9}
        .verdict.unsure{background:#fff8c5}tr.bad td:first-child{border-left:4px solid #cf222e}
        tr.good td:first-child{border-left:4px solid #1a7f37}tr.unsure td:first-child{border-left:4px solid #bf8700}
        details{margin:1rem 0}summary{font-weight:600;cursor:pointer}
        """
}

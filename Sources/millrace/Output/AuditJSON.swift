internal import Audit
internal import Control

/// An audit's report as lines of JSON: findings first, then a summary of each table and mapping.
enum AuditJSON {
    private struct Line: Encodable {
        var pipeline: String
        var sink: String
        var mapping: String
        var table: String
        var finding: AuditFinding?
        var summary: AuditReport.Part?
    }

    static func lines(of report: AuditReport) throws -> [String] {
        try report.parts.flatMap { part in
            var summary = part
            summary.findings = []
            let findings = part.findings.map { line(of: report, part, finding: $0, summary: nil) }
            return try (findings + [line(of: report, part, finding: nil, summary: summary)]).map { line in
                String(decoding: try ControlJSON.encode(line), as: UTF8.self)
            }
        }
    }

    private static func line(
        of report: AuditReport, _ part: AuditReport.Part, finding: AuditFinding?, summary: AuditReport.Part?
    ) -> Line {
        Line(
            pipeline: report.pipeline, sink: part.sink, mapping: part.mapping, table: part.table, finding: finding,
            summary: summary)
    }
}

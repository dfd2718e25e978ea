import Checkpoints
import Foundation
import Testing

@testable import Audit
@testable import Control

struct AuditArchiveTests {
    private func report(_ number: Int64) -> AuditReport {
        var report = AuditReport(pipeline: "shop", startedAt: 0, finishedAt: number)
        var part = AuditReport.Part(sink: "redis", mapping: "user:{id}", table: "public.users")
        (part.rows, part.extra, part.verifiedUpTo) = (10, 1, 77)
        part.unverifiable = ["a key_that may have expired": 2]
        part.findings = [AuditFinding(kind: .extra, key: [], target: "user:0", columns: [], version: "0.7.1")]
        report.parts = [part]
        return report
    }

    @Test func theNewestReportsAreKept() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("archive-\(getpid())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let archive = AuditArchive(pipeline: "shop", in: StateFolder(folder.path), keep: 3)
        #expect(archive.latest() == nil)
        for number in [5, 40, 300, 2_000, 10_000] as [Int64] { try archive.save(report(number)) }
        #expect(archive.latest() == report(10_000))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/shop.audits")
        #expect(files.count == 3)
    }

    @Test func metricsSayWhatTheLastAuditFound() {
        let lines = Set(
            MetricsPage(reports: [], audits: [report(1)], verdicts: [:], residentBytes: nil).text.split(separator: "\n")
        )
        let place = #"pipeline="shop",sink="redis",table="public.users",mapping="user:{id}""#
        for line in [
            #"millrace_audit_status{pipeline="shop"} 3"#, "millrace_audit_rows{\(place)} 10",
            "millrace_audit_findings{\(place),kind=\"extra\"} 1",
            "millrace_audit_findings{\(place),kind=\"unverifiable\"} 2",
            "millrace_audit_verified_position{\(place)} 77",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }
}

import Change
import Connector
import Testing

@testable import Audit
@testable import Engine

struct TableAuditTests {
    private static let table = TableName(namespace: "public", name: "items")

    private func audit(confirmations: Int = 2) -> TableAudit {
        var options = AuditOptions()
        options.confirmations = confirmations
        return TableAudit(
            Self.table,
            [
                AuditTarget(sink: "redis", mapping: "items", table: Self.table),
                AuditTarget(sink: "search", mapping: "items", table: Self.table),
            ], options: options, stores: [MemoryDigestStore(), MemoryDigestStore()])
    }

    /// A pass over all rows, and what is then found in targets that have all of them.
    private func look(at audit: inout TableAudit, _ pass: AuditPass) throws {
        audit.note(pass, over: nil)
        try audit.keepRows(of: pass)
        for index in audit.targets.indices {
            var found = DigestRuns(MemoryDigestStore())
            try found.append(pass.lines[index].sheet.expected)
            audit.note(try DigestJoin(expected: audit.rows[index], found: found), of: index)
        }
    }

    private func pass(
        redis: [AuditSuspect] = [], search: [AuditSuspect] = [], overtaken: [[String]] = [], rows: Int = 10,
        isWhole: Bool = true
    ) -> AuditPass {
        func line(_ sink: String, _ suspects: [AuditSuspect]) -> AuditPass.Line {
            var sheet = AuditSheet()
            sheet.suspects = suspects
            sheet.equal = rows - suspects.count
            sheet.expected = (0..<rows).map { RowDigest(key: UInt64($0), digest: 0) }
            return AuditPass.Line(sink: sink, mapping: "items", sheet: sheet, isWhole: isWhole, failure: nil)
        }
        return AuditPass(
            commit: 77, rowsRead: UInt64(rows), lines: [line("redis", redis), line("search", search)],
            overtaken: overtaken)
    }

    private func suspect(_ key: String, _ verdict: Comparison.Verdict = .missing) -> AuditSuspect {
        AuditSuspect(key: [key], target: "item:\(key)", comparison: Comparison(verdict))
    }

    @Test func whatDiffersAtEveryLookIsReportedOnce() throws {
        var audit = audit()
        try look(at: &audit, pass(redis: [suspect("4")]))
        #expect(audit.unsettledKeys == [["4"]])
        audit.note(pass(redis: [suspect("4")], rows: 1), over: [["4"]])
        #expect(audit.parts[0].missing == 0)
        audit.note(pass(redis: [suspect("4")], rows: 1), over: [["4"]])
        #expect(audit.isSettled)
        audit.giveUpUnsettled()
        #expect(audit.parts[0].missing == 1)
        #expect(audit.parts[0].equal == 9)
        #expect(audit.parts[0].findings.map(\.key) == [["4"]])
        #expect(audit.parts[1].findingCount == 0)
        #expect(audit.parts[1].equal == 10)
    }

    @Test func whatAgreesAtALaterLookIsNoFinding() throws {
        var audit = audit()
        try look(at: &audit, pass(redis: [suspect("4")], search: [suspect("5")]))
        audit.note(pass(search: [suspect("5")], rows: 2), over: [["4"], ["5"]])
        audit.note(pass(rows: 1), over: [["5"]])
        #expect(audit.isSettled)
        audit.giveUpUnsettled()
        #expect(audit.parts.allSatisfy { $0.findingCount == 0 && $0.equal == 10 })
    }

    @Test func aRowThatChangesBetweenTheLooksBeginsAnew() {
        var audit = audit()
        audit.note(pass(redis: [suspect("4")]), over: nil)
        audit.note(pass(redis: [suspect("4")], rows: 1), over: [["4"]])
        audit.note(pass(overtaken: [["4"]], rows: 0), over: [["4"]])
        audit.note(pass(redis: [suspect("4")], rows: 1), over: [["4"]])
        #expect(audit.parts[0].missing == 0 && !audit.isSettled)
        audit.note(pass(redis: [suspect("4")], rows: 1), over: [["4"]])
        #expect(audit.parts[0].missing == 1 && audit.isSettled)
    }

    @Test func whatNeverRestsIsInconclusiveAndNotWrong() throws {
        var audit = audit()
        try look(at: &audit, pass(overtaken: [["4"]], rows: 9))
        for _ in 0..<5 { audit.note(pass(overtaken: [["4"]], rows: 0), over: [["4"]]) }
        audit.giveUpUnsettled()
        #expect(audit.parts.allSatisfy { $0.inconclusive == 1 && $0.findingCount == 0 && $0.equal == 9 })
    }

    @Test func aRowThatIsMetOnlyAloneCountsAndExplainsWhatStandsThere() throws {
        var audit = audit()
        try look(at: &audit, pass(overtaken: [["9"]], rows: 9))
        var found = DigestRuns(MemoryDigestStore())
        try found.append((0..<12).map { RowDigest(key: UInt64($0), digest: 0) })
        audit.note(try DigestJoin(expected: audit.rows[0], found: found), of: 0)
        #expect(audit.unexplainedKeys(of: 0) == [9, 10, 11])
        audit.note(pass(rows: 10), over: [["9"]])
        #expect(audit.unexplainedKeys(of: 0) == [10, 11])
        try audit.countRowsReadAlone()
        #expect(audit.parts.map(\.rows) == [10, 10])
    }

    @Test func aRowWithoutAKeyIsReportedAtOnce() {
        var audit = audit()
        audit.note(
            pass(redis: [AuditSuspect(key: [], target: "x", comparison: Comparison(.missing))]), over: nil)
        #expect(audit.isSettled)
        #expect(audit.parts[0].missing == 1)
    }

    @Test func theExitStatusSaysWhatWasFound() {
        var report = AuditReport(pipeline: "shop", startedAt: 0, finishedAt: 1)
        #expect(report.exitStatus == 0)
        var part = AuditReport.Part(sink: "redis", mapping: "items", table: "public.items")
        part.extra = 1
        part.inconclusive = 2
        report.parts = [part]
        #expect(report.exitStatus == 5)
        part = AuditReport.Part(sink: "redis", mapping: "log", table: "public.items")
        (part.obstacle, part.isTimedOut, part.sinkFailure, part.sourceFailure) = ("a log", true, "down", "gone")
        report.parts.append(part)
        #expect(report.exitStatus == 63)
    }

    @Test func aRedactedFindingHasNoValues() throws {
        var options = AuditOptions()
        options.isRedacted = true
        options.confirmations = 1
        var audit = TableAudit(
            Self.table, [AuditTarget(sink: "redis", mapping: "items", table: Self.table)], options: options,
            stores: [MemoryDigestStore()])
        let difference = Comparison.Verdict.different([ColumnDifference("name", expected: "secret", found: "other")])
        audit.note(pass(redis: [suspect("1", difference)]), over: nil)
        audit.note(pass(redis: [suspect("1", difference)], rows: 1), over: [["1"]])
        let column = try #require(audit.parts[0].findings.first?.columns.first)
        #expect(column.name == "name" && column.expected == nil && column.found == nil)
    }
}

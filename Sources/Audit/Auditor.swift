public import Engine
internal import Change
internal import Connector
internal import Synchronization

/// Compares what a running pipeline's source has with what stands in its sinks, while both change.
///
/// A table is looked at once as a whole. Rows that changed meanwhile, and rows that differ, are looked at again by
/// their keys, until they stand still and differ as often as ``AuditOptions/confirmations`` wants, or agree. A row
/// that never stands still is inconclusive, and never wrong.
public final class Auditor: Sendable {
    private let runner: PipelineRunner
    private let options: AuditOptions
    private let clock: any EngineClock
    private let state = Mutex(AuditProgress())

    public init(_ runner: PipelineRunner, options: AuditOptions, clock: any EngineClock = SystemClock()) {
        self.runner = runner
        self.options = options
        self.clock = clock
    }

    /// How far the audit is.
    public var progress: AuditProgress { state.withLock(\.self) }

    /// Audits every table, one after another.
    ///
    /// - Throws: ``Connector/MillraceError`` with the code `configuration` while the pipeline is not running, and
    ///   `CancellationError`. What fails otherwise stands in the report.
    public func run() async throws -> AuditReport {
        let targets = try runner.auditTargets(of: options.rows.map { Set($0.keys) } ?? options.tables)
        var report = AuditReport(pipeline: runner.pipeline, startedAt: clock.now(), finishedAt: 0)
        let tables = Dictionary(grouping: targets, by: \.table).sorted { $0.key < $1.key }
        state.withLock { $0.tables = tables.count }
        for (table, targets) in tables {
            state.withLock { progress in
                progress.begin(table.description)
            }
            report.parts += try await self.audit(table, targets).parts
        }
        report.finishedAt = clock.now()
        return report
    }

    /// Audits a table; anew where the pipeline opened its connectors again meanwhile.
    private func audit(_ table: TableName, _ targets: [AuditTarget]) async throws -> TableAudit {
        var endedAt: Duration?
        while true {
            var audit = TableAudit(table, targets, options: options)
            do {
                try await look(at: &audit)
                return audit
            } catch let error as MillraceError where error.code == .runEnded {
                let now = clock.monotonic()
                endedAt = endedAt ?? now
                guard now - (endedAt ?? now) < options.patience else {
                    audit.fail(error)
                    return audit
                }
                try await clock.sleep(for: .milliseconds(100))
            } catch let error as MillraceError where error.code != .invariant {
                audit.fail(error)
                return audit
            }
        }
    }

    private func look(at audit: inout TableAudit) async throws {
        guard audit.isComparable else { return }
        if options.rows == nil { try await pass(over: nil, of: &audit) }
        for round in 0..<options.roundsMax where !audit.isSettled {
            try await clock.sleep(for: .milliseconds(min(2_000, 50 << round)))
            let keys = audit.unsettledKeys
            for first in stride(from: 0, to: keys.count, by: Self.keysAtOnce) {
                try await pass(over: Array(keys[first..<min(keys.count, first + Self.keysAtOnce)]), of: &audit)
            }
        }
        audit.giveUpUnsettled()
        for target in audit.scannable where options.rows == nil {
            do {
                audit.noteExtra(try await extra(of: target, in: audit), of: target)
            } catch let error as MillraceError where [.sinkUnavailable, .sinkRejected, .sinkReplaced].contains(error.code) {
                audit.noteFailure(error, of: target)
            }
        }
        if let limits = options.repair { try await repair(&audit, limits) }
    }

    /// Sends the rows once more through the pipeline, as they are now, deletes what no row explains, and looks again.
    ///
    /// What is sent bears the version of the moment: a change that comes later beats it. What is deleted has to stand
    /// there in the version that it was found with.
    private func repair(_ audit: inout TableAudit, _ limits: RepairLimits) async throws {
        for index in audit.repairable(limits) {
            let (keys, entries) = audit.repairs[index]
            let part = audit.parts[index]
            for first in stride(from: 0, to: keys.count, by: Self.keysAtOnce) {
                let keys = Array(keys[first..<min(keys.count, first + Self.keysAtOnce)])
                try await runner.reread(keys, of: audit.table, in: part.sink)
            }
            let deleted =
                entries.isEmpty ? 0 : try await runner.deleteExtra(entries, of: part.mapping, in: part.sink)
            let pass =
                keys.isEmpty ? nil : try await runner.compare(audit.table, keys: keys, patience: options.patience)
            audit.noteRepair(of: index, pass: pass, deleted: deleted)
        }
    }

    private static let keysAtOnce = 500

    private func pass(over keys: [[String]]?, of audit: inout TableAudit) async throws {
        let pass = try await runner.compare(audit.table, keys: keys, patience: options.patience) { progress in
            self.state.withLock { $0.note(progress, isWhole: keys == nil) }
        }
        audit.note(pass, over: keys)
    }

    /// What stands in a target without a row, and still does when it is looked at again.
    private func extra(of target: AuditTarget, in audit: TableAudit) async throws -> [SinkEntry] {
        guard let commit = audit.commit else { return [] }
        let explained = audit.expectedKeys(of: target)
        func find() async throws -> [SinkEntry] {
            try await runner.findExtra(
                of: target.mapping, in: target.sink, than: explained, since: commit, limit: options.findingsMax,
                patience: options.patience)
        }
        let first = try await find()
        guard !first.isEmpty else { return [] }
        let again = Set(try await find())
        return first.filter(again.contains)
    }
}

/// How far an audit is.
public struct AuditProgress: Sendable, Codable, Equatable {
    public var tables = 0
    /// How many tables were begun, the current one included.
    public var begun = 0
    public var table = ""
    public var rowsRead: UInt64 = 0
    public var rowsEstimated = 0
    /// What the reading waits for at the source; nil while it waits for nothing.
    public var waitsFor: String?

    public init() {}

    mutating func begin(_ table: String) {
        begun += 1
        (self.table, rowsRead, rowsEstimated, waitsFor) = (table, 0, 0, nil)
    }

    mutating func note(_ progress: PassProgress, isWhole: Bool) {
        waitsFor = progress.waitsFor
        if isWhole { (rowsRead, rowsEstimated) = (progress.rowsRead, progress.rowsEstimated) }
    }
}

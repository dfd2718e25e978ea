internal import Algorithms
public import Engine
internal import Change
internal import Connector
internal import Synchronization

/// Compares what a running pipeline's source has with what stands in its sinks, while both change.
///
/// A table is looked at once as a whole: where a sink can sum rows up, both ends are read through and held against each
/// other, and only what does not match is compared; elsewhere each row is. Rows that changed meanwhile, and rows that
/// differ, are looked at again by their keys, until they stand still and differ as often as
/// ``AuditOptions/confirmations`` wants, or agree. A row that never stands still is inconclusive, and never wrong.
public final class Auditor: Sendable {
    let runner: PipelineRunner
    let options: AuditOptions
    let clock: any EngineClock
    let state = Mutex(AuditProgress())
    let notebook: (any AuditNotebook)?

    /// - Parameter notebook: where is noted how far the audit is; nil for nowhere.
    public init(
        _ runner: PipelineRunner, options: AuditOptions, notebook: (any AuditNotebook)? = nil,
        clock: any EngineClock = SystemClock()
    ) {
        self.runner = runner
        self.notebook = notebook
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
        let tables = Dictionary(grouping: targets, by: \.table).sorted { $0.key < $1.key }
        state.withLock { $0.tables = tables.count }
        var notes = AuditNotes(
            tables: options.tables?.map(\.description).sorted(), isRedacted: options.isRedacted,
            epoch: try runner.epoch(),
            report: AuditReport(pipeline: runner.pipeline, startedAt: clock.now(), finishedAt: 0))
        let known = options.resumes ? try await load(like: notes) : nil
        if let known {
            notes.report = known.report
            notes.report.isResumed = true
            // What could not be looked at is looked at anew.
            let failed = Set(notes.report.parts.filter(\.isCutShort).map(\.table))
            notes.report.parts.removeAll { failed.contains($0.table) }
        }
        let done = Set(notes.report.parts.map(\.table))
        try await save(notes)
        for (table, targets) in tables {
            state.withLock { progress in
                progress.begin(table.description)
            }
            guard !done.contains(table.description) else { continue }
            let resuming = known?.table?.plan.table == table ? known?.table : nil
            notes.report.parts += try await self.audit(table, targets, notes, resuming: resuming).parts
            try await save(notes)
        }
        notes.report.finishedAt = clock.now()
        if let notebook { try await clock.perform("millrace-audit") { try notebook.clear() } }
        return notes.report
    }

    /// What was noted of an audit that was asked for the same, in the same epoch.
    private func load(like notes: AuditNotes) async throws -> AuditNotes? {
        guard let notebook else { return nil }
        let found = try await clock.perform("millrace-audit") { try notebook.load() }
        guard let found, found.tables == notes.tables, found.isRedacted == notes.isRedacted, found.epoch == notes.epoch
        else { return nil }
        return found
    }

    private func save(_ notes: AuditNotes) async throws {
        guard let notebook else { return }
        try await clock.perform("millrace-audit") { try notebook.save(notes) }
    }

    /// Audits a table. Where the pipeline opened its connectors again meanwhile, or the table was written anew, it begins
    /// once more.
    private func audit(
        _ table: TableName, _ targets: [AuditTarget], _ notes: AuditNotes, resuming: AuditNotes.Table?
    ) async throws -> TableAudit {
        var resuming = resuming
        var since: Duration?
        while true {
            // What could be compared when the audit began may not be after a new beginning.
            let current = since == nil ? targets : (try? runner.auditTargets(of: [table])) ?? targets
            var audit = TableAudit(
                table, current, options: options,
                stores: current.indices.map { notebook?.rows(of: $0) ?? MemoryDigestStore() })
            do {
                try await look(at: &audit, notes, resuming: resuming)
                return audit
            } catch let error as MillraceError where [.runEnded, .snapshotVoid].contains(error.code) {
                resuming = nil
                let now = clock.monotonic()
                since = since ?? now
                guard now - (since ?? now) < options.patience else {
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

    /// How many parts a table is read in, where they are no smaller and no larger than so many chunks: after each is noted
    /// how far the audit is, and meanwhile its digests are held.
    private static let partsUsual = 64
    private static let chunksOfPart = 16...48

    private func look(
        at audit: inout TableAudit, _ notes: AuditNotes, resuming: AuditNotes.Table?
    ) async throws {
        guard audit.isComparable else { return }
        if options.rows == nil {
            let (plan, parts) = try await readRows(&audit, notes, resuming: resuming)
            let suspects = try await readTargets(&audit)
            try await compare(suspects, of: &audit, plan, parts)
        }
        for round in 0..<options.roundsMax where !audit.isSettled {
            try await clock.sleep(for: .milliseconds(min(2_000, 50 << round)))
            for keys in audit.unsettledKeys.chunks(ofCount: Self.keysAtOnce) {
                try await pass(over: Array(keys), of: &audit)
            }
        }
        if options.rows == nil { try await change(&audit) { try $0.countRowsReadAlone() } }
        audit.giveUpUnsettled()
        if options.rows == nil { try await findExtra(&audit) }
        if let limits = options.repair { try await repair(&audit, limits) }
    }

    /// Reads every row of a table, part by part, and keeps what it should look like in the targets.
    ///
    /// - Returns: the plan, and the chunks of each part.
    private func readRows(
        _ audit: inout TableAudit, _ notes: AuditNotes, resuming: AuditNotes.Table?
    ) async throws -> (plan: SnapshotPlan, parts: [Range<Int>]) {
        var notes = notes
        let found = resuming.flatMap { audit.restore($0) ? $0 : nil }
        let plan: SnapshotPlan
        if let found { plan = found.plan } else { plan = try await runner.planAudit(of: audit.table) }
        let usual = (plan.chunkCount + Self.partsUsual - 1) / Self.partsUsual
        let step = min(max(usual, Self.chunksOfPart.lowerBound), Self.chunksOfPart.upperBound)
        let parts = stride(from: 0, to: max(1, plan.chunkCount), by: step).map { first in
            first..<min(plan.chunkCount, first + step)
        }
        for part in parts where part.lowerBound >= found?.chunk ?? 0 {
            let before = state.withLock(\.rowsRead)
            let pass = try await runner.look(plan, chunks: part, audit.firstLooks, at: options.pace) {
                progress in
                self.state.withLock { $0.note(progress, after: before) }
            }
            audit.note(pass, over: nil)
            try await change(&audit) { try $0.keepRows(of: pass) }
            guard part.upperBound < plan.chunkCount, plan.isResumable else { continue }
            notes.table = audit.notes(plan, before: part.upperBound)
            try await save(notes)
        }
        return (plan, parts)
    }

    /// Compares the rows that did not match, part by part.
    private func compare(
        _ suspects: [Int: [Int: DigestJoin.Suspects]], of audit: inout TableAudit, _ plan: SnapshotPlan,
        _ parts: [Range<Int>]
    ) async throws {
        for (number, chunks) in parts.enumerated() where suspects.values.contains(where: { $0[number] != nil }) {
            let looks = audit.looks { index in
                switch suspects[index]?[number] {
                case .keys(let keys): .compareOnly(keys)
                case .all: .compare
                case nil: nil
                }
            }
            let pass = try await runner.look(plan, chunks: chunks, looks, at: options.pace) { progress in
                self.state.withLock { $0.waitsFor = progress.waitsFor }
            }
            audit.note(pass, over: nil)
        }
    }

    /// Makes a change that reads or writes digests, on a thread that may wait for them.
    private func change(
        _ audit: inout TableAudit, _ body: @escaping @Sendable (inout TableAudit) throws -> Void
    ) async throws {
        let known = audit
        audit = try await clock.perform("millrace-audit") {
            var audit = known
            try body(&audit)
            return audit
        }
    }

    /// Sends the rows once more through the pipeline, as they are now, deletes what no row explains, and looks again.
    ///
    /// What is sent bears the version of the moment: a change that comes later beats it. What is deleted has to stand
    /// there in the version that it was found with.
    private func repair(_ audit: inout TableAudit, _ limits: RepairLimits) async throws {
        for index in audit.repairable(limits) {
            let (keys, entries) = audit.repairs[index]
            let part = audit.parts[index]
            for keys in keys.chunks(ofCount: Self.keysAtOnce) {
                try await runner.reread(Array(keys), of: audit.table, in: part.sink)
            }
            let deleted =
                entries.isEmpty ? 0 : try await runner.deleteExtra(entries, of: part.mapping, in: part.sink)
            let pass =
                keys.isEmpty
                ? nil
                : try await runner.look(
                    audit.table, keys: keys, [AuditLook(.compare, at: audit.targets[index])], at: options.pace
                )
            audit.noteRepair(of: index, pass: pass, deleted: deleted)
        }
    }

    private static let keysAtOnce = 500

    private func pass(over keys: [[String]], of audit: inout TableAudit) async throws {
        let looks = audit.looks { _ in .compare }
        let pass = try await runner.look(audit.table, keys: keys, looks, at: options.pace) { progress in
            self.state.withLock { $0.waitsFor = progress.waitsFor }
        }
        audit.note(pass, over: keys)
    }
}

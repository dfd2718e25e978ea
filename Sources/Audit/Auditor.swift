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
    private let notebook: (any AuditNotebook)?

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
            notes.report = known.notes.report
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
            let resuming = known?.notes.table?.plan.table == table ? known : nil
            notes.report.parts += try await self.audit(table, targets, notes, resuming: resuming).parts
            try await save(notes)
        }
        notes.report.finishedAt = clock.now()
        if let notebook { try await clock.perform("millrace-audit") { try notebook.clear() } }
        return notes.report
    }

    /// What was noted of an audit that was asked for the same, in the same epoch.
    private func load(like notes: AuditNotes) async throws -> Known? {
        guard let notebook else { return nil }
        let found = try await clock.perform("millrace-audit") { try notebook.load() }
        guard let found, found.notes.tables == notes.tables, found.notes.isRedacted == notes.isRedacted,
            found.notes.epoch == notes.epoch
        else { return nil }
        return Known(notes: found.notes, keys: found.keys)
    }

    private struct Known: Sendable {
        var notes: AuditNotes
        var keys: [[UInt64]]
    }

    private func save(_ notes: AuditNotes, adding keys: [KeyHashes] = []) async throws {
        guard let notebook else { return }
        try await clock.perform("millrace-audit") { try notebook.save(notes, adding: keys) }
    }

    /// Audits a table. Where the pipeline opened its connectors again meanwhile, or the table was written anew, it begins
    /// once more.
    private func audit(
        _ table: TableName, _ targets: [AuditTarget], _ notes: AuditNotes, resuming: Known?
    ) async throws -> TableAudit {
        var resuming = resuming
        var since: Duration?
        while true {
            // What could be compared when the audit began may not be after a new beginning.
            let current = since == nil ? targets : (try? runner.auditTargets(of: [table])) ?? targets
            var audit = TableAudit(table, current, options: options)
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

    /// How many parts a table is read in at the most, and how many chunks a part has at the least: after each is noted
    /// how far the audit is.
    private static let partsMax = 64
    private static let chunksMin = 16

    /// Compares every row of a table, part by part.
    private func readAll(_ audit: inout TableAudit, _ notes: AuditNotes, resuming: Known?) async throws {
        var notes = notes
        var plan: SnapshotPlan?
        var next = 0
        var keyCounts = Array(repeating: 0, count: audit.parts.count)
        if let known = resuming, let table = known.notes.table, audit.restore(table, keys: known.keys) {
            (plan, next, keyCounts) = (table.plan, table.chunk, known.keys.map(\.count))
        }
        let found = plan
        let current = if let found { found } else { try await runner.planAudit(of: audit.table) }
        let step = max(Self.chunksMin, (current.chunkCount + Self.partsMax - 1) / Self.partsMax)
        var rowsRead: UInt64 = 0
        repeat {
            let chunks = next..<min(current.chunkCount, next + step)
            let before = rowsRead
            let pass = try await runner.compare(
                current, chunks: chunks, without: audit.leftOutSinks, patience: options.patience
            ) { progress in
                var progress = progress
                progress.rowsRead += before
                self.state.withLock { $0.note(progress, isWhole: true) }
            }
            rowsRead += pass.rowsRead
            audit.note(pass, over: nil)
            next = chunks.upperBound
            guard next < current.chunkCount, current.isResumable else { continue }
            let keys = audit.keys(of: pass)
            for index in keys.indices { keyCounts[index] += keys[index].count }
            notes.table = audit.notes(current, before: next)
            notes.table?.keyCounts = keyCounts
            try await save(notes, adding: keys)
        } while next < current.chunkCount
    }

    private func look(at audit: inout TableAudit, _ notes: AuditNotes, resuming: Known?) async throws {
        guard audit.isComparable else { return }
        if options.rows == nil { try await readAll(&audit, notes, resuming: resuming) }
        for round in 0..<options.roundsMax where !audit.isSettled {
            try await clock.sleep(for: .milliseconds(min(2_000, 50 << round)))
            let keys = audit.unsettledKeys
            for first in stride(from: 0, to: keys.count, by: Self.keysAtOnce) {
                try await pass(over: Array(keys[first..<min(keys.count, first + Self.keysAtOnce)]), of: &audit)
            }
        }
        audit.giveUpUnsettled()
        if options.rows == nil { try await findExtra(&audit) }
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

    private func pass(over keys: [[String]], of audit: inout TableAudit) async throws {
        let pass = try await runner.compare(
            audit.table, keys: keys, without: audit.leftOutSinks, patience: options.patience
        ) { progress in
            self.state.withLock { $0.note(progress, isWhole: false) }
        }
        audit.note(pass, over: keys)
    }

    /// Looks for what stands in the targets without a row: in every sink at once, and within one target after target.
    private func findExtra(_ audit: inout TableAudit) async throws {
        typealias Found = (target: AuditTarget, entries: Result<[SinkEntry], MillraceError>)
        let compared = audit
        let found = try await withThrowingTaskGroup(of: [Found].self) { group in
            for targets in Dictionary(grouping: audit.scannable, by: \.sink).values {
                group.addTask {
                    var found: [Found] = []
                    for target in targets {
                        do {
                            found.append((target, .success(try await self.extra(of: target, in: compared))))
                        } catch let error as MillraceError
                            where [.sinkUnavailable, .sinkRejected, .sinkReplaced].contains(error.code)
                        {
                            found.append((target, .failure(error)))
                        }
                    }
                    return found
                }
            }
            var all: [Found] = []
            while let found = try await group.next() { all += found }
            return all
        }
        for (target, entries) in found {
            switch entries {
            case .success(let entries): audit.noteExtra(entries, of: target)
            case .failure(let error): audit.noteFailure(error, of: target)
            }
        }
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

internal import Change
internal import Connector
internal import Engine

/// The audit of one table in every mapping that takes it: a state machine without I/O.
struct TableAudit {
    let table: TableName
    private(set) var parts: [AuditReport.Part]
    /// Where the first pass was planned.
    private(set) var commit: UInt64?
    private let targets: [AuditTarget]
    private let options: AuditOptions
    /// By part, the sink keys that the rows have.
    private var expectedKeys: [KeyHashes]
    /// What to repair: by part, the keys of rows and the entries that no row explains.
    private(set) var repairs: [(keys: [[String]], entries: [SinkEntry])]
    /// Rows to be looked at again, with the parts that they differed in; in none where they changed meanwhile.
    private var unsettled: [[String]: [Int: Doubt]] = [:]

    init(_ table: TableName, _ targets: [AuditTarget], options: AuditOptions) {
        self.table = table
        self.targets = targets
        self.options = options
        for key in options.rows?[table] ?? [] { unsettled[key] = [:] }
        expectedKeys = Array(repeating: KeyHashes(), count: targets.count)
        repairs = Array(repeating: ([], []), count: targets.count)
        parts = targets.map { target in
            var part = AuditReport.Part(sink: target.sink, mapping: target.mapping, table: table.description)
            part.obstacle = target.obstacle
            if target.obstacle == nil { part.scanObstacle = target.scanObstacle }
            return part
        }
    }

    var isComparable: Bool { targets.contains { $0.obstacle == nil } }
    var isSettled: Bool { unsettled.isEmpty }

    /// The targets in which rows without a source can be looked for.
    var scannable: [AuditTarget] {
        zip(targets, parts).filter { target, part in
            target.scanObstacle == nil && !part.isTimedOut && part.sinkFailure == nil
        }.map(\.0)
    }

    /// The sink keys that the rows of a target have.
    func expectedKeys(of target: AuditTarget) -> KeyHashes { index(of: target).map { expectedKeys[$0] } ?? KeyHashes() }

    /// The keys of the rows to look at again.
    var unsettledKeys: [[String]] { unsettled.keys.sorted { $0.lexicographicallyPrecedes($1) } }

    /// Goes on with what was noted of the table's first chunks.
    ///
    /// - Returns: false where the notes do not fit.
    mutating func restore(_ notes: AuditNotes.Table, keys: [[UInt64]]) -> Bool {
        let names = parts.map { [$0.sink, $0.mapping] }
        guard notes.parts.map({ [$0.sink, $0.mapping] }) == names, keys.count == parts.count,
            notes.parts.map(\.obstacle) == parts.map(\.obstacle)
        else { return false }
        parts = notes.parts
        commit = notes.plan.commit
        expectedKeys = keys.map { KeyHashes(list: $0) }
        for key in notes.unsettled { unsettled[key] = [:] }
        return true
    }

    /// What another process needs to go on after a chunk.
    func notes(_ plan: SnapshotPlan, before chunk: Int) -> AuditNotes.Table {
        AuditNotes.Table(
            plan: plan, chunk: chunk, parts: parts, unsettled: unsettledKeys,
            keyCounts: Array(repeating: 0, count: parts.count))
    }

    /// By part, the hashes of a pass.
    func keys(of pass: AuditPass) -> [KeyHashes] {
        targets.map { target in
            pass.lines.first { $0.sink == target.sink && $0.mapping == target.mapping }?.sheet.expectedKeys
                ?? KeyHashes()
        }
    }

    /// The sinks that did not get so far, could not be read, or have nothing to compare: they are not asked any more.
    var leftOutSinks: Set<String> {
        let failed = parts.filter { $0.isTimedOut || $0.sinkFailure != nil }.map(\.sink)
        let comparable = Set(targets.filter { $0.obstacle == nil }.map(\.sink))
        return Set(failed).union(parts.map(\.sink).filter { !comparable.contains($0) })
    }

    /// Takes note of a pass over all rows, or over those with these keys.
    mutating func note(_ pass: AuditPass, over keys: [[String]]?) {
        if keys == nil || commit == nil { commit = pass.commit }
        var before: [[String]: [Int: Doubt]] = [:]
        for key in keys ?? [] { before[key] = unsettled.removeValue(forKey: key) }
        for line in pass.lines {
            guard let index = targets.firstIndex(where: { $0.sink == line.sink && $0.mapping == line.mapping }),
                targets[index].obstacle == nil
            else { continue }
            expectedKeys[index].formUnion(line.sheet.expectedKeys)
            if parts[index].verifiedUpTo == nil { parts[index].verifiedUpTo = pass.commit }
            if keys == nil {
                // What a later look cannot compare either is the same row.
                parts[index].unverifiable.merge(line.sheet.unverifiable.mapValues { UInt64($0) }) { $0 + $1 }
            }
            if !line.isWhole { parts[index].isTimedOut = true }
            if let failure = line.failure { parts[index].sinkFailure = "\(failure)" }
            parts[index].different += UInt64(line.sheet.suspectsLeftOut)
            for suspect in line.sheet.suspects {
                let times = keys == nil ? 0 : (before[suspect.key]?[index]?.times ?? 0) + 1
                if suspect.key.isEmpty || times >= options.confirmations {
                    report(suspect, at: index)
                } else {
                    unsettled[suspect.key, default: [:]][index] = Doubt(times: times, suspect: suspect)
                }
            }
        }
        // A row that changed meanwhile begins anew.
        for key in pass.overtaken { unsettled[key] = [:] }
    }

    /// Ends the looking: what never stood still is inconclusive.
    mutating func giveUpUnsettled() {
        for doubts in unsettled.values {
            let indices = doubts.isEmpty ? parts.indices.filter { targets[$0].obstacle == nil } : Array(doubts.keys)
            for index in indices { parts[index].inconclusive += 1 }
        }
        unsettled = [:]
        for index in parts.indices {
            parts[index].rows = UInt64(expectedKeys[index].count)
            let others = parts[index].missing + parts[index].different + parts[index].unverifiableCount
            parts[index].equal = parts[index].rows - min(parts[index].rows, others)
        }
    }

    /// Takes note of entries that no row explains.
    mutating func noteExtra(_ entries: [SinkEntry], of target: AuditTarget) {
        guard let index = index(of: target) else { return }
        repairs[index].entries = entries
        // Nothing is asked of them any more, and the next target may have as many.
        expectedKeys[index] = KeyHashes()
        for entry in entries {
            parts[index].extra += 1
            list(
                AuditFinding(
                    kind: .extra, key: [], target: SinkEntry.text(ofKey: entry.key), columns: [],
                    version: entry.version.text), at: index)
        }
    }

    /// Takes note of what kept a target from being looked at.
    mutating func noteFailure(_ error: MillraceError, of target: AuditTarget) {
        guard let index = index(of: target) else { return }
        parts[index].sinkFailure = parts[index].sinkFailure ?? "\(error)"
    }

    /// Takes note of what kept the table from being audited.
    mutating func fail(_ error: MillraceError) {
        for index in parts.indices where targets[index].obstacle == nil { parts[index].sourceFailure = "\(error)" }
    }

    /// The parts with something to repair that may be repaired.
    mutating func repairable(_ limits: RepairLimits) -> [Int] {
        parts.indices.filter { index in
            let count = parts[index].findingCount
            guard count > 0 else { return false }
            if count > UInt64(limits.rowsMax) {
                parts[index].repairRefusal = "\(count) rows are more than the \(limits.rowsMax) that may be repaired"
            } else if Double(count) > Double(parts[index].rows) * limits.percentMax / 100, count > 10 {
                parts[index].repairRefusal =
                    "\(count) of \(parts[index].rows) rows are more than the \(limits.percentMax) % that may be repaired"
            }
            return parts[index].repairRefusal == nil
        }
    }

    /// Takes note of what was repaired: the rows that agree now, and the entries that are gone.
    mutating func noteRepair(of index: Int, pass: AuditPass?, deleted: Int) {
        let line = pass?.lines.first { $0.sink == targets[index].sink && $0.mapping == targets[index].mapping }
        let rows = repairs[index].keys.count - (line?.sheet.suspects.count ?? 0)
        parts[index].repaired = UInt64(max(0, pass == nil ? 0 : rows) + deleted)
    }

    private func index(of target: AuditTarget) -> Int? {
        targets.firstIndex { $0.sink == target.sink && $0.mapping == target.mapping }
    }

    private mutating func report(_ suspect: AuditSuspect, at index: Int) {
        var finding = AuditFinding(
            kind: .different, key: suspect.key, target: suspect.target, columns: [],
            version: suspect.comparison.version?.text)
        switch suspect.comparison.verdict {
        case .missing:
            finding.kind = .missing
            parts[index].missing += 1
        case .extra:
            finding.kind = .extra
            parts[index].extra += 1
        case .different(let columns):
            parts[index].different += 1
            finding.columns = columns.map { column in
                AuditFinding.Column(
                    name: column.column, expected: options.isRedacted ? nil : column.expected,
                    found: options.isRedacted ? nil : column.found)
            }
        case .equal, .unverifiable: return
        }
        if !suspect.key.isEmpty { repairs[index].keys.append(suspect.key) }
        list(finding, at: index)
    }

    private mutating func list(_ finding: AuditFinding, at index: Int) {
        if parts[index].findings.count < options.findingsMax { parts[index].findings.append(finding) }
    }
}

/// How often in a row a row differed, and how.
private struct Doubt {
    var times: Int
    var suspect: AuditSuspect
}

extension Version {
    fileprivate var text: String { "\(epoch).\(commit).\(window)" }
}

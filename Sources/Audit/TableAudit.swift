internal import Change
internal import Connector
internal import Engine

/// The audit of one table in every mapping that takes it: what was found, and what has to be looked at again.
struct TableAudit {
    let table: TableName
    private(set) var parts: [AuditReport.Part]
    /// Where the first pass was planned.
    private(set) var commit: UInt64?
    let targets: [AuditTarget]
    private let options: AuditOptions
    /// By part, what the rows look like that were met in passes over all of them.
    private(set) var rows: [DigestRuns]
    /// By part, the sink keys of rows that were read alone.
    private var keysReadAlone: [Set<UInt64>]
    /// By part, the sink keys of entries that no row explained when the target was read through.
    private var unexplained: [Set<UInt64>]
    /// What to repair: by part, the keys of rows and the entries that no row explains.
    private(set) var repairs: [(keys: [[String]], entries: [SinkEntry])]
    /// Rows to be looked at again, with the parts that they differed in; in none where they changed meanwhile.
    private var unsettled: [[String]: [Int: Doubt]] = [:]

    /// - Parameter stores: by target, where the digests of its rows are kept.
    init(_ table: TableName, _ targets: [AuditTarget], options: AuditOptions, stores: [any DigestStore]) {
        self.table = table
        self.targets = targets
        self.options = options
        for key in options.rows?[table] ?? [] { unsettled[key] = [:] }
        rows = stores.map { DigestRuns($0) }
        keysReadAlone = Array(repeating: [], count: targets.count)
        unexplained = keysReadAlone
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

    /// Whether a target can be read through.
    func canScan(_ index: Int) -> Bool {
        targets[index].scanObstacle == nil && !parts[index].isTimedOut && parts[index].sinkFailure == nil
    }

    /// The keys of the rows to look at again.
    var unsettledKeys: [[String]] { unsettled.keys.sorted { $0.lexicographicallyPrecedes($1) } }

    /// Goes on with what was noted of the table's first chunks.
    ///
    /// - Returns: false where the notes do not fit.
    mutating func restore(_ notes: AuditNotes.Table) -> Bool {
        let names = parts.map { [$0.sink, $0.mapping] }
        guard notes.parts.map({ [$0.sink, $0.mapping] }) == names, notes.runs.count == parts.count,
            notes.parts.map(\.obstacle) == parts.map(\.obstacle)
        else { return false }
        parts = notes.parts
        commit = notes.plan.commit
        rows = zip(rows, notes.runs).map { DigestRuns($0.store, lengths: $1) }
        for key in notes.unsettled { unsettled[key] = [:] }
        return true
    }

    /// What another process needs to go on after a chunk.
    func notes(_ plan: SnapshotPlan, before chunk: Int) -> AuditNotes.Table {
        AuditNotes.Table(
            plan: plan, chunk: chunk, parts: parts, unsettled: unsettledKeys, runs: rows.map(\.lengths))
    }

    /// How to look at each target that is looked at still: not where its sink did not get so far, or could not be read.
    func looks(_ kind: (Int) -> AuditLook.Kind?) -> [AuditLook] {
        let left = Set(parts.filter { $0.isTimedOut || $0.sinkFailure != nil }.map(\.sink))
        return targets.indices.compactMap { index in
            guard targets[index].obstacle == nil, !left.contains(targets[index].sink) else { return nil }
            return kind(index).map { AuditLook($0, at: targets[index]) }
        }
    }

    /// A pass over all rows of some chunks, the first time.
    var firstLooks: [AuditLook] { looks { targets[$0].isDigested ? .digest : .compare } }

    /// Keeps what the rows of a first pass look like.
    mutating func keepRows(of pass: AuditPass) throws {
        for index in targets.indices {
            try rows[index].append(line(of: index, in: pass)?.sheet.expected ?? [])
        }
    }

    /// Takes note of how a target that was read through compares with its rows.
    mutating func note(_ join: DigestJoin, of index: Int) {
        parts[index].rows = UInt64(join.rows)
        unexplained[index] = join.unexplained
    }

    /// Counts the rows that no first pass has met.
    mutating func countRowsReadAlone() throws {
        for index in parts.indices where !keysReadAlone[index].isEmpty {
            var alone = DigestRuns(MemoryDigestStore())
            try alone.append(keysReadAlone[index].sorted().map { RowDigest(key: $0, digest: 0) })
            let join = try DigestJoin(expected: rows[index], found: alone, suspectsMax: 0, unexplainedMax: .max)
            parts[index].rows += UInt64(join.unexplained.count)
        }
    }

    /// The sink keys of a part that no row explains, not even one that was read alone since.
    func unexplainedKeys(of index: Int) -> Set<UInt64> { unexplained[index].subtracting(keysReadAlone[index]) }

    /// Takes note of a pass over all rows, or over those with these keys.
    mutating func note(_ pass: AuditPass, over keys: [[String]]?) {
        if keys == nil || commit == nil { commit = pass.commit }
        var before: [[String]: [Int: Doubt]] = [:]
        for key in keys ?? [] { before[key] = unsettled.removeValue(forKey: key) }
        for line in pass.lines {
            guard let index = targets.firstIndex(where: { $0.sink == line.sink && $0.mapping == line.mapping }),
                targets[index].obstacle == nil
            else { continue }
            if keys != nil { keysReadAlone[index].formUnion(line.sheet.expected.map(\.key)) }
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
            if options.rows != nil { parts[index].rows = UInt64(keysReadAlone[index].count) }
            let others = parts[index].missing + parts[index].different + parts[index].unverifiableCount
            parts[index].equal = parts[index].rows - min(parts[index].rows, others)
        }
    }

    /// Takes note of entries that no row explains.
    ///
    /// - Parameter count: how many there are; not all of them are given where there are too many.
    mutating func noteExtra(_ entries: [SinkEntry], count: Int, of index: Int) {
        repairs[index].entries = entries
        parts[index].extra += UInt64(count)
        for entry in entries {
            list(
                AuditFinding(
                    kind: .extra, key: [], target: SinkEntry.text(ofKey: entry.key), columns: [],
                    version: entry.version.text), at: index)
        }
    }

    /// Takes note of what kept a target from being looked at.
    mutating func noteFailure(_ error: MillraceError, of index: Int) {
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
        var left = 0
        if let pass { left = line(of: index, in: pass)?.sheet.suspects.count ?? 0 }
        let rows = repairs[index].keys.count - left
        parts[index].repaired = UInt64(max(0, pass == nil ? 0 : rows) + deleted)
    }

    private func line(of index: Int, in pass: AuditPass) -> AuditPass.Line? {
        pass.lines.first { $0.sink == targets[index].sink && $0.mapping == targets[index].mapping }
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

import Change
import Connector
import Engine
import Pipelines
import Threads

/// The laws, checked at every step that could break one. It knows the truth; the engine does not know it.
final class Oracle: @unchecked Sendable {
    private unowned let world: World
    private(set) var violation: String?
    private var histories = SimulatedTable.allCases.map { _ in RowHistory() }
    /// What was, of servers that are gone: what they said may still arrive.
    private var past: [[RowHistory]] = []
    private var notedTransactions = 0
    private var acknowledged = SourceProgress(commit: 0, end: 0)
    /// By target: how many transactions of the log were found whole in it.
    private var verified: [String: Int] = [:]
    /// By target: transactions up to here are its snapshot's to bring.
    private var starts: [String: SourceProgress] = [:]
    /// Ends of transactions, and idle positions: where a checkpoint may stand.
    private var boundaries: Set<SourceProgress> = []
    var lastMarkers: [String: SinkMarker] = [:]
    /// The largest batch that the stream brought: what may pass a limit alone.
    private var largestBatch = 0

    init(world: World) {
        self.world = world
    }

    func fail(_ law: String, _ what: String) {
        guard violation == nil else { return }
        violation = "\(law): \(what)"
        world.trace("VIOLATION \(law): \(what)")
        guard let status = world.running?.runner.status else { return }
        world.trace("saved \(world.disk.state.sinks.mapValues(\.progress)), the log ends at \(world.database.position)")
        for snapshot in status.snapshots { world.trace("\(snapshot)") }
        for sink in status.sinks { world.trace("\(sink)") }
    }

    // MARK: The source

    /// Takes note of what was committed since.
    func noteLog() {
        while notedTransactions < world.database.log.count {
            let transaction = world.database.log[notedTransactions]
            notedTransactions += 1
            let commit = transaction.commit ?? 0
            boundaries.insert(SourceProgress(commit: commit, end: transaction.end))
            for change in transaction.changes where change.kind != .message {
                histories[change.table.rawValue].note(change, commit: commit)
            }
        }
    }

    /// Another server's log is the truth now; what the one before said may still arrive.
    func positionsWentBack() {
        past.append(histories)
        histories = SimulatedTable.allCases.map { _ in RowHistory() }
        notedTransactions = 0
        noteLog()
    }

    /// The operator began anew: nothing is acknowledged, and no checkpoint stands anywhere.
    func beginEpoch() {
        acknowledged = SourceProgress(commit: 0, end: 0)
        boundaries = []
        notedTransactions = 0
        histories = SimulatedTable.allCases.map { _ in RowHistory() }
        noteLog()
    }

    func noteSize(of batch: ChangeBatch) { largestBatch = max(largestBatch, batch.byteCount) }

    func idleBoundary(commit: UInt64, end: UInt64) { boundaries.insert(SourceProgress(commit: commit, end: end)) }

    /// The slot forgets what ends at or before `end`.
    func confirmed(_ end: UInt64) {
        if end > acknowledged.end {
            fail("law 1", "the source forgets up to \(end); acknowledged is \(acknowledged.end)")
        }
    }

    /// A stream begins; whatever the slot has forgotten must have been delivered.
    func streams(from confirmed: UInt64, after delivered: SourceProgress) {
        let lost = world.database.log.first { $0.end <= confirmed && ($0.commit ?? 0) > delivered.commit }
        if let lost { fail("law 1", "transaction \(lost.commit ?? 0) was forgotten before it was delivered") }
    }

    // MARK: The state

    /// Something was saved.
    func saved() {
        for (name, sink) in world.disk.state.sinks {
            guard let progress = sink.progress else { continue }
            if starts[name] == nil { starts[name] = progress }
            guard let server = world.servers.first(where: { $0.plan.name == name }), !server.isDamaged else { continue }
            if (server.contents.marker?.progress ?? SourceProgress(commit: 0, end: 0)) < progress {
                fail("law 1", "\(name)'s checkpoint \(progress.commit) is ahead of its marker")
            }
        }
    }

    func parks(_ changes: [ParkedChange]) {
        for change in changes where !change.envelopeJSON.contains(SimulatedDatabase.poison) {
            fail("law 10", "a sound row parked: \(change.mapping) \(change.reason)")
        }
    }

    func acknowledged(_ progress: SourceProgress) {
        noteLog()
        world.trace("acknowledged \(progress.commit)")
        let isStart = progress.commit == (progress.end - 1) / 8
        if !boundaries.contains(progress), !isStart { fail("law 1", "\(progress.commit) is no commit's boundary") }
        for server in world.servers {
            let saved = world.disk.state.sinks[server.plan.name]?.progress
            if (saved ?? SourceProgress(commit: 0, end: 0)) < progress {
                fail(
                    "law 1", "\(progress.commit) is acknowledged, \(server.plan.name) is saved at \(saved?.commit ?? 0)"
                )
            }
            verify(server, through: progress.commit)
        }
        acknowledged = max(acknowledged, progress)
    }

    /// Everything of the transactions through a commit must have been durable in a target at some time.
    private func verify(_ server: TargetServer, through commit: UInt64) {
        let start = starts[server.plan.name]?.commit ?? 0
        var next = verified[server.plan.name] ?? 0
        while next < world.database.log.count {
            let transaction = world.database.log[next]
            guard let own = transaction.commit, own <= commit else { break }
            next += 1
            guard own > start else { continue }
            for mapping in server.plan.mappings { verify(transaction, own, mapping, server) }
        }
        verified[server.plan.name] = next
    }

    private func verify(
        _ transaction: LoggedTransaction, _ commit: UInt64, _ mapping: MappingPlanned, _ server: TargetServer
    ) {
        var last: [String: (version: Version, row: SimulatedRow?, id: String)] = [:]
        for change in transaction.changes where change.table == mapping.table && change.kind != .message {
            let version = Version(
                epoch: world.disk.state.epoch, commit: commit, window: Window.containing(ordinal: change.ordinal))
            if change.kind == .truncate {
                last = [:]
                if (server.everFloors[mapping.name] ?? Version(rawValue: 0)) < version {
                    fail(
                        "law 1", "\(server.plan.name) never did the truncate of \(version.short), which is acknowledged"
                    )
                }
                continue
            }
            for (row, isNew) in [(change.old, false), (change.new, true)] {
                guard let row, let key = row[mapping.keyColumn], let id = row[SimulatedTable.idColumn] else { continue }
                // The old place of a row that stays there says nothing of it.
                if !isNew, change.new?[mapping.keyColumn] == key { continue }
                last[key] = (version, isNew ? row : nil, id)
            }
        }
        for (key, write) in last.sorted(by: { $0.key < $1.key }) {
            let place = "\(mapping.name)/\(key)"
            let ever = server.everApplied[place] ?? Version(rawValue: 0)
            if ever >= write.version { continue }
            if let floor = server.everFloors[mapping.name], floor > write.version { continue }
            if let row = write.row {
                if world.scenario.hasPoison, row[SimulatedTable.nameColumn] == SimulatedDatabase.poison { continue }
                // Filtered: it must not be there, unless a later state of it that passes came with a snapshot.
                if !mapping.passes(row) {
                    guard let entry = server.contents.entries[place], entry.cells != nil else { continue }
                    // What stands there since before a gap is for the sweep.
                    let sinks = world.disk.state.sinks[server.plan.name]
                    let isSwept = sinks?.snapshots[mapping.table.name]?.isComplete ?? false
                    let start = starts[server.plan.name]?.commit ?? 0
                    let begin = Version(epoch: write.version.epoch, commit: start, window: 0)
                    if !isSwept, entry.version < begin { continue }
                    let history = histories[mapping.table.rawValue]
                    let group = SimulatedTable.groupColumn
                    if history.mayHold("a", column: group, of: write.id, at: write.version) { continue }
                }
                // Superseded: what took it away is on its way.
                if histories[mapping.table.rawValue].isGone(write.id, after: write.version) { continue }
            }
            fail("law 1", "\(server.plan.name) never had \(place) of \(write.version.short), which is acknowledged")
        }
    }

    // MARK: The targets

    /// A write is sent for the first time or again.
    func sends(_ write: TargetWrite, after sent: Set<Version>) {
        guard !sent.contains(write.version), let newest = sent.max(), newest > write.version else { return }
        fail("law 2", "\(write.place) of \(write.version.short) is sent after \(newest.short)")
    }

    /// A write is about to change a target.
    func applies(_ write: TargetWrite, to server: TargetServer) {
        noteLog()
        let name = server.plan.name
        // Where a deletion was forgotten in time, replays pass by what was deleted, and rows of a snapshot, which are as
        // new as their snapshot, may come before the change that made them.
        let newest = server.contents.newest[write.place]
        if let newest, newest.version >= write.version, world.time.now < newest.until, server.plan.comparesVersions {
            fail("law 3", "\(name) overwrites \(write.place) of \(newest.version.short) with \(write.version.short)")
        }
        var since = write.version
        // Where no versions are compared, a batch that is sent again writes a row of a snapshot over what followed it.
        if write.kind == .read, server.plan.comparesVersions, let newest { since = max(newest.version, since) }
        // A server that has taken over answers for what the one before said, from where it stands.
        let looksUp = server.plan.mappings.contains { $0.name == write.mapping && $0.looksUp }
        if looksUp, !past.isEmpty { since = Version(rawValue: 0) }
        // A target that forgot what it had cannot tell; the pipeline has yet to find out.
        if !server.isDamaged, server.plan.comparesVersions, let floor = server.contents.floors[write.mapping],
            floor > write.version
        {
            fail("law 3", "\(name) revives \(write.place) of \(write.version.short) below the floor \(floor.short)")
        }
        guard let cells = write.cells else { return }
        if write.hasUnknownCell { fail("law 5", "\(name) gets \(write.place) with a cell that is not known") }
        guard let mapping = server.plan.mappings.first(where: { $0.name == write.mapping }),
            let id = cells["id"] ?? nil
        else { return fail("law 6", "\(name) gets a row without its key") }
        let schema = world.database.schema(of: mapping.table)
        let history = histories[mapping.table.rawValue]
        for (column, value) in cells.sorted(by: { $0.key < $1.key }) {
            guard let index = schema.index(of: column) else { continue }
            if !history.mayHold(value, column: index, of: id, at: since),
                !past.contains(where: { $0[mapping.table.rawValue].mayHold(value, column: index, of: id, at: since) })
            {
                fail(
                    value == nil ? "law 5" : "law 6",
                    "\(name) gets \(write.place) of \(write.version.short) with \(column)=\(value ?? "null")")
            }
        }
    }

    /// A row is about to be deleted by the sweep of a run: it must not be one that the table had at the run's P.
    func sweeps(
        _ cells: [String: String?], of found: Version, _ mapping: MappingPlanned, upTo version: Version,
        in server: TargetServer
    ) {
        let name = server.plan.name
        if found > version {
            return fail("law 3", "\(name) sweeps \(mapping.name) of \(found.short), \(version.short)")
        }
        guard !server.isDamaged, world.disk.state.source == world.slot.identity, let id = cells["id"] ?? nil
        else { return }
        let rows = world.database.rows(of: mapping.table, through: Version(rawValue: version.rawValue + 1).commit)
        guard let row = rows[id], mapping.passes(row), row[SimulatedTable.nameColumn] != SimulatedDatabase.poison,
            row[mapping.keyColumn] == cells[SimulatedTable.keyName(mapping.keyColumn)]
        else { return }
        // Where no versions are compared, a run sweeps below an earlier position than its own.
        if !server.plan.comparesVersions, histories[mapping.table.rawValue].isGone(id, after: version) { return }
        fail("law 3", "\(name) sweeps \(mapping.name) \(id) of \(found.short), which the table had at \(version.short)")
    }

    // MARK: Limits

    func checkQueues(of running: World.Running) {
        let limits = world.scenario.limits
        for (_, handover) in running.source.handovers
        where handover.queuedBytes > max(limits.handover, largestBatch) {
            fail("law 7", "\(handover.queuedBytes) bytes wait in a handover of \(limits.handover)")
        }
        for sink in running.runner.status.sinks {
            let rows = limits.inbox / 4 + max(limits.handover, largestBatch) + largestBatch
            let limit = max(limits.inbox, largestBatch) + rows + max(limits.pending, largestBatch)
            if sink.pendingBytes > limit { fail("law 7", "\(sink.pendingBytes) bytes are under way in \(sink.name)") }
        }
    }

    /// The operator has a target filled anew.
    func forget(_ name: String) {
        starts[name] = nil
        lastMarkers[name] = nil
        verified[name] = nil
    }

    // MARK: The end

    /// After the faults are over, every target has exactly the source's rows.
    func checkRows() {
        for server in world.servers {
            for mapping in server.plan.mappings { checkRows(of: mapping, in: server) }
        }
    }

    private func checkRows(of mapping: MappingPlanned, in server: TargetServer) {
        var expected: [String: [String: String]] = [:]
        var refused: Set<String> = []
        let schema = world.database.schema(of: mapping.table)
        let tags = world.database.rows(of: .tags, seenBy: nil)
        for row in world.database.rows(of: mapping.table, seenBy: nil).values {
            guard let key = row[mapping.keyColumn] else { continue }
            if mapping.table == .items, row[SimulatedTable.nameColumn] == SimulatedDatabase.poison {
                refused.insert(key)
            }
            guard mapping.passes(row) else { continue }
            var cells: [String: String] = [:]
            for (column, value) in zip(schema.columns, row) where mapping.columns?.contains(column.name) ?? true {
                cells[column.name] = value
            }
            cells.merge(mapping.lookedUp(for: row, in: tags)) { $1 }
            expected[key] = cells
        }
        // A column that was added later is absent from rows that were written before.
        let found = server.rows(of: mapping.name).mapValues { $0.compactMapValues { $0 } }
        for key in Set(expected.keys).union(found.keys).subtracting(refused).sorted() where expected[key] != found[key]
        {
            fail(
                "convergence",
                "\(server.plan.name) has \(mapping.name)/\(key) \(Self.text(found[key])), the source \(Self.text(expected[key]))"
            )
        }
    }

    private static func text(_ row: [String: String]?) -> String {
        row.map { $0.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.prefix(12))" }.joined(separator: " ") }
            ?? "nothing"
    }

    /// Law 4: once a life has drained, every change that it received has an outcome.
    func checkLedger(of running: World.Running) {
        guard !running.life.hasReopened else { return }
        for sink in running.runner.status.sinks where sink.stopReason == nil && !sink.isDetached {
            for line in sink.ledger {
                let counts = line.counts
                if counts.received < counts.settled {
                    fail("law 4", "\(line.mapping) settled \(counts.settled) of \(counts.received)")
                } else if counts.pending != 0, running.source.delivered.isWhole {
                    fail("law 4", "\(line.mapping) has \(counts.pending) changes without an outcome")
                }
                guard world.scenario.snapshot == .never, running.source.delivered.isWhole else { continue }
                let expected = running.delivered(of: line.table, after: running.begins[sink.name]?.commit ?? 0)
                // What is written again because of another table counts too.
                let isExact = !world.servers.contains {
                    $0.plan.mappings.contains { $0.name == line.mapping && $0.looksUp }
                }
                if isExact ? counts.received != UInt64(expected) : counts.received < UInt64(expected) {
                    fail("law 4", "\(line.mapping) received \(counts.received) of \(expected) changes")
                }
            }
        }
    }
}

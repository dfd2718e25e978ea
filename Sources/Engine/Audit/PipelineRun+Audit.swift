internal import Change
internal import Connector
internal import Pipelines
internal import Synchronization
internal import Threads
internal import Wire

/// Why nothing is reported that is not so.
///
/// The rows of a pass are read by queries of their own and travel in the stream. The source hands a row over when all
/// that its snapshot sees was delivered, and leaves it out when a change of its key was delivered since it was read. So
/// where the row stands in the stream, it is exactly what the changes before it lead to. In a sink it travels in the lane
/// of its key, which has one batch in flight: when it is compared, every change before it is applied, and none after it.
/// Whatever differs then differs because of the target, or of the pipeline.
///
/// Rows that were left out are read again, alone.
///
/// Where a sink can sum its rows up, a pass only sums up what should stand there, and the target is read through
/// afterwards. What is as it should be then, and was not written since the pass was planned, is right; everything else is
/// compared as above. So a sum decides that a row agrees, and never that it differs.
extension PipelineRun {
    /// Every mapping of these tables.
    func auditTargets(of tables: Set<TableName>?) -> [AuditTarget] {
        sinks.flatMap { sink in
            rowPlans(of: tables, in: sink).map { plan in
                let route = sink.routes[plan.number]
                let obstacle =
                    obstacle(of: plan.mapping, in: sink)
                    ?? (snapshots.runs.isLoading(route.table, into: sink.name)
                        ? "the table is still being loaded into the sink" : nil)
                let scanObstacle = obstacle ?? (sink.sink as? any ReadableSink)?.obstacle(toScanning: plan.mapping)
                return AuditTarget(
                    sink: sink.name, mapping: route.document.name, table: route.table, obstacle: obstacle,
                    scanObstacle: scanObstacle,
                    isDigested: scanObstacle == nil
                        && (sink.sink as? any DigestingSink)?.canDigest(plan.mapping) == true)
            }
        }
    }

    /// The mappings of a sink that take rows of these tables, of any when nil.
    private func rowPlans(of tables: Set<TableName>?, in sink: SinkRunner) -> [MappingPlan] {
        sink.initialPlans.filter { plan in
            let route = sink.routes[plan.number]
            return tables?.contains(route.table) ?? true && route.document.messages == nil
        }
    }

    private func obstacle(of mapping: any RowMapping, in sink: SinkRunner) -> String? {
        if !mapping.takesSnapshot { return "what it writes is a log: its entries are not rows" }
        guard let target = sink.sink as? any ComparableSink else { return "the sink cannot be read back" }
        return target.obstacle(toComparing: mapping)
    }

    /// Looks at a table's rows with these primary keys.
    ///
    /// - Parameters:
    ///   - pace: a sink that makes no progress for so long is left behind; its part is then not whole.
    ///   - onProgress: is told now and then how far it is.
    func look(
        _ table: TableName, keys: [[String]], _ looks: [AuditLook], at pace: AuditPace,
        onProgress: @escaping @Sendable (PassProgress) -> Void
    ) async throws -> AuditPass {
        let plan = try await owner.source.planReread(of: table, keys: keys)
        return try await look(plan, chunks: 0..<plan.chunkCount, looks, at: pace, onProgress: onProgress)
    }

    /// Looks at the rows of some chunks of a plan. When it returns, every sink is done with all of them, or is said not to be.
    ///
    /// - Throws: ``MillraceError`` with the code `snapshotVoid` where the plan no longer fits its table.
    func look(
        _ plan: SnapshotPlan, chunks: Range<Int>, _ looks: [AuditLook], at pace: AuditPace,
        onProgress: @escaping @Sendable (PassProgress) -> Void
    ) async throws -> AuditPass {
        let table = plan.table
        let skipped = Set(0..<plan.chunkCount).subtracting(chunks)
        let numbers = numbered(looks, at: table)
        try await waitForDetached(Set(numbers.keys), patience: pace.patience)
        let names = sinks.filter { numbers[$0.name] != nil && $0.isOpen && !isStopped($0.name) }.map(\.name).sorted()
        let run = snapshots.runs.openAudit(plan, skipping: skipped, in: names, at: owner.clock.now())
        let taking = sinks.filter { names.contains($0.name) }
        for sink in taking { sink.audits.begin(run: run, looks: numbers[sink.name] ?? [:]) }
        do {
            try await read(
                plan, run: run, skipping: skipped, in: taking, at: pace, onProgress: onProgress)
        } catch {
            snapshots.runs.close(run)
            for sink in taking { _ = sink.audits.end() }
            throw error
        }
        let unsettled = Set(snapshots.runs.unsettledSinks(of: run)).union(
            await sinksThatLookAhead(taking, patience: pace.patience))
        let touched = taking.flatMap { $0.audits.takeBackTouched() }
        let rows = snapshots.runs.rowsRead(in: run)
        var lines: [AuditPass.Line] = []
        for sink in sinks where numbers[sink.name] != nil {
            let (sheets, failure) = names.contains(sink.name) ? sink.audits.end() : ([:], nil)
            for number in (numbers[sink.name] ?? [:]).keys.sorted() {
                lines.append(
                    AuditPass.Line(
                        sink: sink.name, mapping: sink.routes[number].document.name,
                        sheet: sheets[number] ?? AuditSheet(),
                        isWhole: names.contains(sink.name) && !unsettled.contains(sink.name), failure: failure))
            }
        }
        return AuditPass(
            commit: plan.commit, rowsRead: rows, lines: lines, overtaken: snapshots.runs.close(run) + touched)
    }

    /// Gives sinks that are fed by streams of their own a while to catch up: meanwhile they take no rows.
    private func waitForDetached(_ sinks: Set<String>, patience: Duration) async throws {
        let end = owner.clock.monotonic() + patience
        while sinks.contains(where: { isDetached($0) && !isStopped($0) }), owner.clock.monotonic() < end {
            try await owner.clock.sleep(for: .milliseconds(20))
        }
    }

    /// What is looked at, by sink and by the mapping's number.
    private func numbered(_ looks: [AuditLook], at table: TableName) -> [String: [Int: AuditLook.Kind]] {
        var numbers: [String: [Int: AuditLook.Kind]] = [:]
        for sink in sinks {
            for plan in rowPlans(of: [table], in: sink) where obstacle(of: plan.mapping, in: sink) == nil {
                let mapping = sink.routes[plan.number].document.name
                guard let look = looks.first(where: { $0.sink == sink.name && $0.mapping == mapping }) else { continue }
                numbers[sink.name, default: [:]][plan.number] = look.kind
            }
        }
        return numbers
    }

    /// Has the rows read, and waits until every sink has looked at them or makes no progress.
    private func read(
        _ plan: SnapshotPlan, run: Int, skipping skipped: Set<Int>, in sinks: [SinkRunner], at pace: AuditPace,
        onProgress: @escaping @Sendable (PassProgress) -> Void
    ) async throws {
        let patience = pace.patience
        auditTempo.withLock { $0 = pace.tempo(from: owner.clock.monotonic()) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.owner.source.runSnapshot(plan, run: run, skipping: skipped, for: .audit)
                return false
            }
            group.addTask {
                var last: [UInt64] = []
                var since = self.owner.clock.monotonic()
                while case let taking = self.snapshots.runs.takingSinks(of: run), !taking.isEmpty {
                    try await self.owner.clock.sleep(for: .milliseconds(5))
                    let hindrance = self.owner.source.hindrance(ofRun: run)
                    onProgress(
                        PassProgress(
                            rowsRead: self.snapshots.runs.rowsRead(in: run), rowsEstimated: plan.rowsEstimated,
                            waitsFor: hindrance))
                    let now = sinks.map { UInt64($0.audits.progress) } + [self.snapshots.runs.rowsRead(in: run)]
                    if now != last { (last, since) = (now, self.owner.clock.monotonic()) }
                    guard self.owner.clock.monotonic() - since > patience else { continue }
                    // The others go on without those that hold them up.
                    let behind = sinks.filter { taking.contains($0.name) && $0.isFullOfRows }.map(\.name)
                    for sink in behind { self.snapshots.runs.postpone(run, in: sink) }
                    if !behind.isEmpty {
                        since = self.owner.clock.monotonic()
                        continue
                    }
                    guard let hindrance else { break }
                    throw MillraceError(
                        .sourceUnavailable,
                        "its rows did not come within \(patience.components.seconds) s: \(hindrance)",
                        place: "\(plan.table)")
                }
                return true
            }
            defer { group.cancelAll() }
            // The reading may end long before the last sink has looked, and a sink that stands still ends the reading.
            while let isOver = try await group.next(), !isOver {}
        }
    }

    // MARK: Rows without a source

    /// Reads a target through, and hands over what stands there in a version from before the passes.
    ///
    /// When everything delivered by their end is applied, what was last written before they began was not changed since.
    /// Were it of a row, the passes would have met the row.
    func scan(
        _ mapping: String, in name: String, since commit: UInt64, isDigesting: Bool, at pace: AuditPace,
        _ take: @escaping @Sendable ([(entry: SinkEntry, digest: RowDigest)]) async throws -> Void
    ) async throws {
        guard let (sink, target, plan) = readable(mapping, in: name) else { return }
        try await waitForWhatOvertook(in: sink, patience: pace.patience)
        let floor = Version(epoch: epoch, commit: commit, window: 0)
        let spared = try await spared(by: plan, in: name, since: Version(epoch: epoch, commit: 0, window: 0))
        let tempo = pace.tempo(from: owner.clock.monotonic())
        let count = Mutex<UInt64>(0)
        let takeOld: @Sendable ([SinkEntry]) async throws -> Void = { entries in
            let old = entries.filter { $0.version < floor && !spared.contains($0.key) }
            // One that should have a digest and has none is unlike every row.
            let missing: UInt64 = isDigesting ? RowDigest.unknown : 0
            try await take(
                old.map { ($0, RowDigest(key: Hash64.of($0.key.span), digest: $0.digest ?? missing)) })
            guard let tempo else { return }
            let read = count.withLock { count in
                count += UInt64(entries.count)
                return count
            }
            let pause = tempo.pause(after: read, at: self.owner.clock.monotonic())
            if pause > .zero { try await self.owner.clock.sleep(for: pause) }
        }
        if isDigesting, let target = target as? any DigestingSink {
            try await target.scanDigests(of: plan.mapping, takeOld)
        } else {
            try await target.scan(plan.mapping, takeOld)
        }
    }

    /// Deletes entries that no row explains, each only while it has the version that it was found with.
    func deleteExtra(_ entries: [SinkEntry], of mapping: String, in name: String) async throws -> Int {
        guard let (_, target, plan) = readable(mapping, in: name) else { return 0 }
        var deleted = 0
        for (version, entries) in Dictionary(grouping: entries, by: \.version) {
            deleted += try await target.delete(entries, of: plan.mapping, upTo: version)
        }
        return deleted
    }

    /// A mapping by its name, in a sink that can be read back.
    private func readable(
        _ mapping: String, in name: String
    ) -> (sink: SinkRunner, target: any ReadableSink, plan: MappingPlan)? {
        guard let sink = sinks.first(where: { $0.name == name }), let target = sink.sink as? any ReadableSink,
            let plan = sink.initialPlans.first(where: { sink.routes[$0.number].document.name == mapping })
        else { return nil }
        return (sink, target, plan)
    }
}

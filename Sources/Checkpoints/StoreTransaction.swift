internal import Change
internal import Connector
internal import GRDB

/// One transaction on the store: keeps the digest of the rows while they change, and lets no position go back.
struct StoreTransaction {
    let database: Database
    private var pipeline: PipelineRow

    init(in database: Database) throws {
        self.database = database
        pipeline = try PipelineRow.read(from: database)
    }

    /// Writes the row that vouches for all others.
    mutating func finish() throws {
        pipeline.generation += 1
        try pipeline.write(to: database)
    }

    mutating func apply(_ update: StateUpdate) throws {
        let hasRisen = try applyIdentity(of: update)
        for name in Set(update.progress.keys).union(update.incarnations.keys) {
            try advance(
                name, to: update.progress[name], incarnation: update.incarnations[name], mayGoBack: hasRisen)
        }
        for key in update.snapshotsLost {
            guard let row = try Self.row(of: key, from: database) else { continue }
            try remove(row, from: StoreFormat.snapshot)
        }
        for (key, snapshot) in update.snapshotsBegun { try put(snapshot, as: key) }
        for key in Set(update.chunksFinished.keys).union(update.snapshotsCompleted) {
            guard var snapshot = try Self.snapshot(key, from: database) else {
                throw MillraceError(
                    .invariant, "a chunk is finished of a snapshot that never began", place: key.table.description)
            }
            snapshot.finishedChunks.formUnion(update.chunksFinished[key] ?? [])
            if update.snapshotsCompleted.contains(key) { snapshot.isComplete = true }
            snapshot.lastSave = update.snapshotSaves[key.sink] ?? snapshot.lastSave
            try put(snapshot, as: key)
        }
        for (sink, floors) in update.floors {
            for (mapping, floor) in floors { try raise(mapping, of: sink, to: floor, mayGoBack: hasRisen) }
        }
    }

    /// Forgets everything of these sinks but that they were known.
    mutating func reset(sinks: Set<String>) throws {
        for table in [StoreFormat.snapshot, StoreFormat.floor] {
            for row in try table.fetchAll(from: database) where try sinks.contains(row.text(table.keys[0])) {
                try remove(row, from: table)
            }
        }
        for name in sinks { try put([name.databaseValue, .null, .null, .null], to: StoreFormat.sink) }
    }

    /// Forgets the source, whose positions may go back, and begins an epoch above this one and the pipeline's own.
    mutating func raiseEpoch(above epoch: UInt8) throws -> UInt8 {
        let last = max(epoch, pipeline.epoch)
        guard last < Version.epochMax else {
            throw MillraceError(
                .epochSpent,
                "positions have gone back \(Version.epochMax) times, and versions cannot tell one time more. Delete "
                    + "what the pipeline wrote to its sinks, retire it with `millrace remove`, and run it again")
        }
        pipeline.epoch = last + 1
        pipeline.source = nil
        return pipeline.epoch
    }

    /// The tables whose rows begin with the sink's name.
    private static let byName = [StoreFormat.sink, StoreFormat.snapshot, StoreFormat.floor]

    func knownSinks() throws -> Set<String> {
        try Self.byName.reduce(into: Set()) { known, table in
            known.formUnion(try table.fetchAll(from: database).map { try $0.text(table.keys[0]) })
        }
    }

    /// Writes a row, and takes what it replaces out of the digest.
    mutating func put(_ cells: [DatabaseValue], to table: StoreTable) throws {
        if let old = try table.fetch(Array(cells.prefix(table.keys.count)), from: database) {
            pipeline.digest &-= table.checksum(of: old)
        }
        pipeline.digest &+= try table.put(cells, to: database)
    }

    mutating func remove(_ row: StoreRow, from table: StoreTable) throws {
        pipeline.digest &-= table.checksum(of: row)
        try table.delete(Array(row.databaseValues.prefix(table.keys.count)), from: database)
    }

    /// - Returns: whether the epoch rose, which is what allows positions to go back.
    private mutating func applyIdentity(of update: StateUpdate) throws -> Bool {
        let epoch = update.epoch ?? pipeline.epoch
        guard epoch >= pipeline.epoch else {
            throw MillraceError(.invariant, "the epoch would go back from \(pipeline.epoch) to \(epoch)")
        }
        let hasRisen = epoch > pipeline.epoch
        pipeline.epoch = epoch
        if let source = update.source {
            guard hasRisen || pipeline.source == nil || pipeline.source == source else {
                throw MillraceError(.invariant, "another source would be saved without a higher epoch")
            }
            pipeline.source = source
        }
        return hasRisen
    }

    private mutating func advance(
        _ name: String, to progress: SourceProgress?, incarnation: SinkIncarnation?, mayGoBack: Bool
    ) throws {
        let row = try StoreFormat.sink.fetch([name.databaseValue], from: database)
        let known = try row.flatMap(Self.progress)
        let knownIncarnation: SinkIncarnation? = try row?.json("incarnation")
        // A target that was restarted from older data is fed again from where its own marker stands.
        let isReplaced = incarnation != nil && knownIncarnation != nil && incarnation != knownIncarnation
        if let known, let progress, progress < known, !mayGoBack, !isReplaced {
            throw MillraceError(
                .invariant, "the checkpoint would go back from \(known.commit) to \(progress.commit)", place: name)
        }
        let new = progress ?? known
        try put(
            [
                name.databaseValue, StoreCells.bits(new?.commit), StoreCells.bits(new?.end),
                StoreCells.json(incarnation ?? knownIncarnation),
            ], to: StoreFormat.sink)
    }

    private mutating func put(_ snapshot: SnapshotState, as key: SnapshotKey) throws {
        try put(
            [
                key.sink.databaseValue, key.table.namespace.databaseValue, key.table.name.databaseValue,
                StoreCells.json(snapshot.plan), StoreCells.bits(snapshot.fingerprint),
                ChunkRanges.text(of: snapshot.finishedChunks).databaseValue, snapshot.isComplete.databaseValue,
                snapshot.findsDeletes.databaseValue, snapshot.lastSave.databaseValue,
            ], to: StoreFormat.snapshot)
    }

    private mutating func raise(_ mapping: String, of sink: String, to floor: Version, mayGoBack: Bool) throws {
        let key = [sink.databaseValue, mapping.databaseValue]
        if let row = try StoreFormat.floor.fetch(key, from: database) {
            let known = Version(rawValue: try row.number("version"))
            guard known <= floor || mayGoBack else {
                throw MillraceError(.invariant, "the floor of mapping \(mapping) would go back", place: sink)
            }
        }
        try put(key + [floor.rawValue.databaseValue], to: StoreFormat.floor)
    }
}

extension StoreTransaction {
    /// Reads everything that is kept by sink.
    static func readSinks(into state: inout PipelineState, from database: Database) throws {
        for row in try StoreFormat.sink.fetchAll(from: database) {
            var sink = SinkState()
            sink.progress = try progress(row)
            sink.incarnation = try row.json("incarnation")
            state.sinks[try row.text("name")] = sink
        }
        for row in try StoreFormat.snapshot.fetchAll(from: database) {
            let table = TableName(namespace: try row.text("namespace"), name: try row.text("name"))
            state.sinks[try row.text("sink"), default: SinkState()].snapshots[table] = try snapshotState(row)
        }
        for row in try StoreFormat.floor.fetchAll(from: database) {
            let floor = Version(rawValue: try row.number("version"))
            state.sinks[try row.text("sink"), default: SinkState()].floors[try row.text("mapping")] = floor
        }
    }

    private static func snapshot(_ key: SnapshotKey, from database: Database) throws -> SnapshotState? {
        try row(of: key, from: database).map(snapshotState)
    }

    private static func row(of key: SnapshotKey, from database: Database) throws -> StoreRow? {
        let cells = [key.sink, key.table.namespace, key.table.name].map(\.databaseValue)
        return try StoreFormat.snapshot.fetch(cells, from: database)
    }

    private static func snapshotState(_ row: StoreRow) throws -> SnapshotState {
        let plan: SnapshotPlan? = try row.json("plan")
        return SnapshotState(
            plan: try plan.orTorn(), fingerprint: try row.bits("fingerprint"),
            finishedChunks: try ChunkRanges.parse(row.text("finished")).orTorn(),
            findsDeletes: try row.number("finds_deletes") != 0, isComplete: try row.number("is_complete") != 0,
            lastSave: try row.number("last_save"))
    }

    private static func progress(_ row: StoreRow) throws -> SourceProgress? {
        guard let commit = try row.numberIfAny("commit_position") else { return nil }
        return SourceProgress(commit: UInt64(bitPattern: commit), end: try row.bits("end_position"))
    }
}

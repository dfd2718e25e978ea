internal import Change
public import Connector
internal import Synchronization

/// A checkpoint store that forgets everything with the process: the model that the real one is compared with, and the
/// store of simulations.
public final class MemoryCheckpointStore: CheckpointStore, ParkedChangeStore {
    fileprivate struct Contents {
        var state = PipelineState()
        var parked: [ParkedRecord] = []
        var lastNumber: Int64 = 0
    }

    private let contents = Mutex(Contents())

    /// - Parameter state: what it remembers from the start.
    public init(_ state: PipelineState = PipelineState()) {
        contents.withLock { $0.state = state }
    }

    public func load() throws -> PipelineState {
        contents.withLock { $0.state }
    }

    public func save(_ update: StateUpdate) throws {
        try contents.withLock { contents in
            var state = contents.state
            try state.apply(update)
            contents.state = state
        }
    }

    public func park(_ changes: [ParkedChange]) throws {
        contents.withLock { contents in
            for change in changes { contents.park(change) }
        }
    }

    public func parkedChanges(_ selection: ParkedSelection) throws -> [ParkedRecord] {
        contents.withLock { contents in
            let matching = contents.parked.filter(selection.matches)
            return Array(matching.prefix(selection.limit ?? matching.count))
        }
    }

    public func parkedCount(_ selection: ParkedSelection) throws -> Int {
        contents.withLock { $0.parked.filter(selection.matches).count }
    }

    public func markReplayed(_ numbers: Set<Int64>, at time: Int64) throws {
        contents.withLock { contents in
            for index in contents.parked.indices where numbers.contains(contents.parked[index].number) {
                contents.parked[index].replayedAt = contents.parked[index].replayedAt ?? time
            }
        }
    }

    public func discardParked(_ selection: ParkedSelection) throws -> Int {
        contents.withLock { contents in
            let matching = contents.parked.filter(selection.matches)
            let discarded = Set(matching.prefix(selection.limit ?? matching.count).map(\.number))
            contents.parked.removeAll { discarded.contains($0.number) }
            return discarded.count
        }
    }

    /// Forgets how far these sinks have come; that they were known stays remembered.
    public func reset(sinks: Set<String>) {
        contents.withLock { contents in
            for name in sinks { contents.state.sinks[name] = SinkState() }
        }
    }

    /// Forgets the source and how far every sink has come, and raises the epoch above its own and the one given.
    public func reset(sinks: Set<String>, above epoch: UInt8) throws {
        try contents.withLock { contents in
            let last = max(epoch, contents.state.epoch)
            guard last < Version.epochMax else { throw MillraceError(.epochSpent, "no epoch is left") }
            contents.state.epoch = last + 1
            contents.state.source = nil
            for name in sinks.union(contents.state.sinks.keys) { contents.state.sinks[name] = SinkState() }
        }
    }
}

extension MemoryCheckpointStore.Contents {
    fileprivate mutating func park(_ change: ParkedChange) {
        let known = parked.firstIndex { record in
            record.change.sink == change.sink && record.change.mapping == change.mapping
                && record.change.table == change.table && record.change.version == change.version
                && record.change.position.ordinal == change.position.ordinal
                && record.change.keyJSON == change.keyJSON
        }
        if let known {
            parked[known].change = change
            parked[known].replayedAt = nil
        } else {
            lastNumber += 1
            parked.append(ParkedRecord(number: lastNumber, change: change))
        }
    }
}

extension ParkedSelection {
    /// Whether a parked change passes every part but the limit.
    fileprivate func matches(_ record: ParkedRecord) -> Bool {
        record.number > after && (includesReplayed || record.replayedAt == nil)
            && (numbers?.contains(record.number) ?? true) && (sink.map { $0 == record.change.sink } ?? true)
            && (table.map { $0 == record.change.table } ?? true)
    }
}

extension PipelineState {
    /// What an update makes of the state; the rules are those of ``Connector/CheckpointStore``.
    mutating func apply(_ update: StateUpdate) throws {
        let epochBefore = epoch
        epoch = update.epoch ?? epoch
        let hasRisen = epoch > epochBefore
        guard epoch >= epochBefore else { throw MillraceError(.invariant, "the epoch went back") }
        if let new = update.source {
            guard hasRisen || source == nil || source == new else {
                throw MillraceError(.invariant, "another source without a higher epoch")
            }
            source = new
        }
        for (name, progress) in update.progress {
            let known = sinks[name]?.progress ?? progress
            let incarnations = (sinks[name]?.incarnation, update.incarnations[name])
            let isReplaced = incarnations.0 != nil && incarnations.1 != nil && incarnations.0 != incarnations.1
            guard progress >= known || hasRisen || isReplaced else {
                throw MillraceError(.invariant, "a position went back")
            }
            sinks[name, default: SinkState()].progress = progress
        }
        for (name, incarnation) in update.incarnations {
            sinks[name, default: SinkState()].incarnation = incarnation
        }
        for key in update.snapshotsLost { sinks[key.sink]?.snapshots[key.table] = nil }
        for (key, snapshot) in update.snapshotsBegun {
            sinks[key.sink, default: SinkState()].snapshots[key.table] = snapshot
        }
        for (key, chunks) in update.chunksFinished {
            try changeSnapshot(key) { $0.finishedChunks.formUnion(chunks) }
        }
        for key in update.snapshotsCompleted { try changeSnapshot(key) { $0.isComplete = true } }
        for key in Set(update.chunksFinished.keys).union(update.snapshotsCompleted) {
            try changeSnapshot(key) { $0.lastSave = update.snapshotSaves[key.sink] ?? $0.lastSave }
        }
        for (sink, floors) in update.floors {
            for (mapping, floor) in floors {
                let known = sinks[sink]?.floors[mapping] ?? floor
                guard floor >= known || hasRisen else { throw MillraceError(.invariant, "a floor went back") }
                sinks[sink, default: SinkState()].floors[mapping] = floor
            }
        }
    }

    private mutating func changeSnapshot(_ key: SnapshotKey, _ body: (inout SnapshotState) -> Void) throws {
        guard var snapshot = sinks[key.sink]?.snapshots[key.table] else {
            throw MillraceError(.invariant, "a snapshot that never began")
        }
        body(&snapshot)
        sinks[key.sink]?.snapshots[key.table] = snapshot
    }
}

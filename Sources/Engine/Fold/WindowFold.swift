internal import Change
internal import Connector
internal import Wire

/// Folds the changes of one window: of each sink key only the last state is written.
///
/// A cell that the last change leaves unchanged is taken from the state folded before it, so that a row which was
/// written whole once in the window stays whole. The fold knows how many bytes it keeps alive; ``collect()`` makes it
/// keep little more than the rows themselves.
struct WindowFold {
    var entries: [FoldEntry] = []
    private(set) var table = KeyTable()
    private(set) var shapes = RowShapes()
    var buffers: RowBuffers
    /// Changes that folded into a later one, by mapping.
    private var foldedCounts: [Int] = []
    /// How many entries were handed on.
    private var takenCount = 0
    /// How many bytes may be kept alive before it is worth looking for what nobody needs.
    let slackBytes: Int
    /// Above this size ``collect()`` should run.
    var checkAt: Int
    /// Whether a row was added that nobody needs any more.
    private(set) var hasFolded = false

    init(slackBytes: Int) {
        self.slackBytes = slackBytes
        checkAt = slackBytes
        buffers = RowBuffers(packBytesMax: slackBytes)
    }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// How many bytes are kept alive, beside the batch that is being sorted.
    var byteCount: Int {
        buffers.byteCount + GrownArray.byteCount(entries) + table.byteCount
    }

    /// Takes note of the batch whose rows are added from now on.
    mutating func begin(_ batch: borrowing ChangeBatch) { buffers.begin(batch) }

    /// Where a row of a change is kept.
    mutating func place(_ source: borrowing SourceRow) -> RowPlace { buffers.place(source) }

    /// The number of what a row was compiled by.
    mutating func shape(of plan: MappingPlan, _ schema: TableSchema) -> UInt32 { shapes.number(of: plan, schema) }

    /// Adds a write of a sink key; an earlier write of the key in this window folds into it.
    mutating func add(_ entry: FoldEntry, key: Span<UInt8>) {
        let mapping = shapes[entry.shape].plan.number
        let (number, isNew) = table.insert(key, hash: entry.keyHash, in: mapping)
        guard !isNew else {
            entries.append(entry)
            return
        }
        let earlier = entries[number]
        guard !earlier.isDropped else {
            entries[number] = entry
            return
        }
        hasFolded = true
        if earlier.isCounted { countFolded(mapping) }
        var latest = entry
        latest.isFolded = true
        // Whether the sink has the row is asked of the old row only for a single change.
        latest.old = nil
        latest.isFresh = entry.isFresh || earlier.isFresh || earlier.action == .delete
        if entry.action == .upsert, earlier.action == .upsert, !entry.isFresh, isAlike(entry.shape, earlier.shape) {
            let row = buffers.row(at: entry.row, of: shapes[entry.shape].schema)
            if row.hasUnchangedCells { latest.row = buffers.copy(row, filledFrom: earlier.row) }
        }
        entries[number] = latest
    }

    /// The row with its unchanged cells filled from the state folded so far under a key, if the window has one.
    func filled(_ row: Row, fromRowUnder key: Span<UInt8>, hash: UInt64, of mapping: Int) -> Row? {
        guard let number = table.number(of: key, hash: hash, in: mapping) else { return nil }
        let entry = entries[number]
        let schema = shapes[entry.shape].schema
        guard entry.action == .upsert, !entry.isDropped, schema.fingerprint == row.schema.fingerprint else {
            return nil
        }
        return row.filled(from: buffers.row(at: entry.row, of: schema))
    }

    /// Forgets the writes of one mapping because a truncate follows them; their changes count as folded.
    mutating func dropAll(of mapping: Int) {
        for number in entries.indices
        where shapes[entries[number].shape].plan.number == mapping && !entries[number].isDropped {
            if entries[number].isCounted { countFolded(mapping) }
            entries[number].isDropped = true
            hasFolded = true
        }
    }

    /// Counts a change of a mapping that a later one made pointless.
    mutating func countFolded(_ mapping: Int) {
        while foldedCounts.count <= mapping { foldedCounts.append(0) }
        foldedCounts[mapping] += 1
    }

    /// How many changes folded into later ones since the last call, by mapping.
    mutating func takeFoldedCounts() -> [Int] {
        defer { foldedCounts.removeAll(keepingCapacity: true) }
        return foldedCounts
    }

    /// The next write to hand on, nil after the last: then the fold is empty.
    mutating func take(_ origin: WriteOrigin) -> PendingWrite? {
        while takenCount < entries.count {
            let entry = entries[takenCount]
            takenCount += 1
            if !entry.isDropped { return write(entry, origin) }
        }
        removeAll()
        return nil
    }

    /// Forgets every entry. Shapes stay, because what was spilled names them.
    mutating func removeAll() {
        entries.removeAll(keepingCapacity: entries.capacity <= 1 << 8)
        table.removeAll()
        buffers.removeAll()
        takenCount = 0
        checkAt = slackBytes
        hasFolded = false
    }

    mutating func removeShapes() { shapes.removeAll() }

    private func write(_ entry: FoldEntry, _ origin: WriteOrigin) -> PendingWrite {
        let shape = shapes[entry.shape]
        var pending = PendingWrite(
            write: SinkWrite(
                mapping: shape.plan.mapping, action: entry.action, row: buffers.row(at: entry.row, of: shape.schema),
                version: origin.version, position: Position(commit: origin.position.commit, ordinal: entry.ordinal),
                kind: entry.kind, committedAt: origin.committedAt, transaction: origin.transaction,
                oldRow: entry.old.map { buffers.row(at: $0, of: shape.schema) }),
            plan: shape.plan, ticket: origin.ticket, changes: entry.isCounted ? 1 : 0, keyHash: entry.keyHash)
        pending.isFolded = entry.isFolded
        return pending
    }

    /// Whether rows of two shapes have the same columns, so that one can fill the other.
    private func isAlike(_ left: UInt32, _ right: UInt32) -> Bool {
        left == right || shapes[left].schema.fingerprint == shapes[right].schema.fingerprint
    }
}

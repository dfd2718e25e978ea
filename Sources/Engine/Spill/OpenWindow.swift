internal import Change
internal import Connector
internal import Wire

/// The window of a transaction that is being received: folds in memory, and beyond its limit on disk.
///
/// A state machine without I/O. While the window is open, ``relieve()`` keeps it within its limit. Once it is closed,
/// perform what ``next()`` returns until it returns nil: then every write was taken.
///
/// A window that is too large goes to disk in runs, each divided by key hash. At the end each partition is read back in
/// the order of writing and folded once more, in a sixty-fourth of the memory; one that is itself too large goes to the
/// next level in the same way. Only the order of one key's changes matters, and a key is always in one partition.
struct OpenWindow {
    enum Step {
        /// Call ``take()`` until it returns nil.
        case handOn
        /// Perform the order, and give what was read to ``accept(_:)``.
        case spill(SpillOrder)
    }

    private var fold: WindowFold
    private var origin: WriteOrigin?
    private var levels: [SpillLevel] = []
    private(set) var isClosing = false
    /// Whether the fold holds a whole partition, or the whole window.
    private var isFoldWhole = false
    /// By mapping: the ordinal of the last truncate after which something was on disk.
    private var truncates: [Int: UInt64] = [:]
    private let limits: WindowLimits

    init(limits: WindowLimits) {
        self.limits = limits
        fold = WindowFold(slackBytes: limits.slackBytes)
    }

    /// Whether the window holds nothing.
    var isEmpty: Bool { fold.isEmpty && levels.isEmpty }

    /// How many bytes are kept alive, beside the batch that is being sorted.
    var byteCount: Int { fold.byteCount }

    /// Whether ``relieve()`` has something to do.
    var isPressed: Bool {
        let bytes = fold.byteCount
        return bytes > fold.checkAt || bytes > limits.bytesMax && canSpill
    }

    // MARK: The open window

    /// Takes note of the batch whose changes are added from now on.
    mutating func begin(_ batch: borrowing ChangeBatch) { fold.begin(batch) }

    /// Adds a write of a sink key.
    ///
    /// - Parameters:
    ///   - old: the whole row before, where a filter has to look at it.
    ///   - isCounted: whether the ledger counts a change when the write settles.
    ///   - isFresh: whether the row came from another key.
    mutating func add(
        _ source: borrowing SourceRow, old: SourceRow?, action: SinkWrite.Action, kind: ChangeKind, plan: MappingPlan,
        origin: WriteOrigin, isCounted: Bool, isFresh: Bool, key: Span<UInt8>
    ) {
        if self.origin == nil { self.origin = origin }
        let entry = FoldEntry(
            row: fold.place(source), old: old.map { fold.place($0) }, ordinal: origin.position.ordinal,
            keyHash: Hash64.of(key), shape: fold.shape(of: plan, source.row.schema), action: action, kind: kind,
            isCounted: isCounted, isFresh: isFresh)
        fold.add(entry, key: key)
    }

    /// The row with its unchanged cells filled from the state folded so far under a key, if the window has one in
    /// memory.
    ///
    /// Where that state is on disk the cells stay unchanged, as they do where it was written by an earlier window: the
    /// row is read again at the source before it is written. What is read is then the row as it is after this
    /// transaction or a later one. A later one comes with a higher version and ends in the same state, and a row that
    /// is gone by then is deleted by it, so that nothing is lost but a state that was already over.
    func filled(_ row: Row, fromRowUnder key: Span<UInt8>, of mapping: Int) -> Row? {
        fold.filled(row, fromRowUnder: key, hash: Hash64.of(key), of: mapping)
    }

    /// Forgets the writes of a mapping because a truncate follows them; their changes count as folded.
    mutating func dropAll(of mapping: Int, before ordinal: UInt64) {
        fold.dropAll(of: mapping)
        if !levels.isEmpty { truncates[mapping] = ordinal }
    }

    /// Makes room, after ``isPressed``: by copying what is alive close together or, where that is not enough, by the
    /// order that is returned, which must be performed before anything more is added.
    mutating func relieve() -> SpillOrder? {
        fold.collect()
        return fold.byteCount > limits.bytesMax / 4 * 3 && canSpill ? spill() : nil
    }

    /// How many changes folded into later ones since the last call, by mapping.
    mutating func takeFoldedCounts() -> [Int] { fold.takeFoldedCounts() }

    // MARK: The closed window

    /// Says that the window is whole.
    mutating func close() {
        isClosing = true
        if levels.isEmpty { foldIsWhole() }
    }

    /// What to do next; nil when everything was taken and the next window may begin.
    mutating func next() -> Step? {
        precondition(isClosing, "a window is handed on when it is whole")
        if isFoldWhole { return .handOn }
        if isPressed, let order = relieve() { return .spill(order) }
        guard let level = levels.last else {
            finish()
            return nil
        }
        switch level.phase {
        case .reading(let partition, let place?): return .spill(.read(read(partition, place, of: levels.count - 1)))
        case .reading(_, nil):
            if !fold.isEmpty {
                foldIsWhole()
                return .handOn
            }
            if levels[levels.count - 1].readNextPartition() { return next() }
        case .writing:
            if let (partition, place) = placeBelow {
                return .spill(.read(read(partition, place, of: levels.count - 2)))
            }
            if !fold.isEmpty { return .spill(spill()) }
            if levels[levels.count - 1].beginReading() { return next() }
        }
        levels.removeLast()
        return .spill(.discard(level: levels.count))
    }

    /// Takes a write that is to be handed on; nil when there is none left.
    mutating func take() -> PendingWrite? {
        guard isFoldWhole, let origin else { return nil }
        if let write = fold.take(origin) { return write }
        isFoldWhole = false
        return nil
    }

    /// Takes what an order to read brought.
    ///
    /// - Throws: ``Connector/MillraceError`` when the disk gave back other bytes than were written to it.
    mutating func accept(_ part: SpillPart) throws {
        let reader = levels.count - (isDividing ? 2 : 1)
        levels[reader].read(to: part.next)
        guard !part.bytes.isEmpty else { return }
        var slots: [CellSlot] = []
        let buffer = fold.buffers.nextNumber
        let records: [SpillRecord.Decoded]
        do {
            records = try SpillRecord.decode(part.bytes.span, shapes: fold.shapes, buffer: buffer, slots: &slots)
        } catch {
            throw SpillStore.damage
        }
        fold.buffers.adopt(bytes: part.bytes, slots: slots, as: buffer)
        for record in records {
            let mapping = fold.shapes[record.entry.shape].plan.number
            if let truncate = truncates[mapping], record.entry.ordinal < truncate {
                if record.entry.isCounted { fold.countFolded(mapping) }
            } else {
                fold.add(record.entry, key: part.bytes.span.extracting(record.key))
            }
        }
    }

    private mutating func foldIsWhole() {
        isFoldWhole = true
        // What is handed on stays in memory until the sink has it: it shall not keep much more than itself alive.
        if fold.hasFolded { fold.collect() }
    }

    private mutating func finish() {
        isClosing = false
        fold.removeShapes()
        truncates.removeAll(keepingCapacity: true)
        origin = nil
    }

    // MARK: Levels

    /// Whether a partition is being read into a level that divides it further.
    private var isDividing: Bool { placeBelow != nil }

    /// Where reading goes on below a level that is being written.
    private var placeBelow: (partition: Int, place: SpillPlace)? {
        guard levels.count >= 2, case .writing = levels[levels.count - 1].phase,
            case .reading(let partition, let place?) = levels[levels.count - 2].phase
        else { return nil }
        return (partition, place)
    }

    private func read(_ partition: Int, _ place: SpillPlace, of level: Int) -> SpillRead {
        SpillRead(level: level, partition: partition, place: place, bytesMax: limits.readBytes)
    }

    /// Whether writing the fold to disk helps. A single row passes alone, however large.
    private var canSpill: Bool { limits.maySpill && fold.count > 1 && spillLevel < SpillPartitions.levelsMax }

    /// The level that the fold would be written to.
    private var spillLevel: Int {
        if let last = levels.last, case .writing = last.phase { return levels.count - 1 }
        return levels.count
    }

    private mutating func spill() -> SpillOrder {
        let level = spillLevel
        if level == levels.count { levels.append(SpillLevel()) }
        let batch = SpillBatch(fold, level: level)
        levels[level].wrote(batch.counts)
        fold.removeAll()
        return .write(batch)
    }
}

/// How much memory a window may take.
struct WindowLimits: Sendable {
    /// How many bytes a window keeps alive at the most, a batch left out.
    var bytesMax: Int
    /// Whether a window that is too large goes to disk; otherwise it grows in memory.
    var maySpill: Bool

    /// How many bytes may be kept alive before it is worth looking for what nobody needs.
    var slackBytes: Int { min(max(bytesMax / 32, 1), 1 << 20) }
    /// How many bytes of a spill are read at once.
    var readBytes: Int { min(max(bytesMax / 16, 1), 1 << 20) }
}

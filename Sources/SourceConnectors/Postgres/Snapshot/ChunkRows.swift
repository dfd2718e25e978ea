internal import Change
internal import Connector
internal import PostgresClient

/// Gathers the rows of a chunk into batches.
struct ChunkRows {
    private let run: SnapshotRun
    private let chunk: Int
    private let schema: TableSchema
    private var batch = ChangeBatch()
    private var nextRow: UInt64 = 0

    init(run: SnapshotRun, chunk: Int, schema: TableSchema) {
        self.run = run
        self.chunk = chunk
        self.schema = schema
    }

    private func row(of change: Change) -> Row {
        Row(schema: schema, bytes: batch.bytes, slots: batch.slots, firstSlot: Int(change.newSlot))
    }

    var count: Int { batch.changes.count }
    var byteCount: Int { batch.bytes.count }

    /// Adds one line of a COPY.
    mutating func append(_ line: Span<UInt8>) throws {
        let slot = try CopyTextDecoder.decode(line, columns: schema.columns.count, into: &batch)
        // Ordinals are unique in the run, for sinks that append.
        let ordinal = UInt64(chunk) << 32 | nextRow
        batch.changes.append(Change(kind: .read, schema: 0, ordinal: ordinal, newSlot: UInt32(slot)))
        nextRow += 1
    }

    /// Adds deletes of the keys that no row added so far has.
    ///
    /// - Parameter columns: the keys' columns, each of the schema.
    mutating func appendDeletes(of keys: some Sequence<[String]>, columns: [Int]) {
        let found = Set(batch.changes.map { change in columns.map { row(of: change).text($0) } })
        for key in keys where !found.contains(key) {
            let slot = batch.slots.count
            for column in schema.columns.indices {
                guard let place = columns.firstIndex(of: column) else {
                    batch.slots.append(.unchanged)
                    continue
                }
                batch.slots.append(CellSlot(offset: batch.bytes.count, length: key[place].utf8.count))
                batch.bytes.append(contentsOf: key[place].utf8)
            }
            let ordinal = UInt64(chunk) << 32 | nextRow
            batch.changes.append(
                Change(kind: .delete, old: .key, schema: 0, ordinal: ordinal, oldSlot: UInt32(slot)))
            nextRow += 1
        }
    }

    /// Takes what was gathered.
    mutating func take(isLast: Bool) -> ChangeBatch {
        var taken = ChangeBatch()
        swap(&taken, &batch)
        batch.bytes.reserveCapacity(BatchSize.reserve(after: taken.bytes.count))
        batch.slots.reserveCapacity(min(taken.slots.count, 1 << 16))
        taken.schemas = [schema]
        taken.origin = .snapshot(
            SnapshotOrigin(
                run: run.number, table: run.plan.table, commit: run.plan.commit, chunk: chunk, isLastOfChunk: isLast,
                superseded: 0))
        return taken
    }
}

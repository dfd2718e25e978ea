internal import Change
internal import Connector
internal import MongoClient
internal import Wire

/// Gathers the documents of a chunk into batches.
struct ChunkDocuments {
    private let run: DocumentRun
    private let chunk: Int
    private let commit: UInt64
    private var rows: DocumentRows
    private var batch = ChangeBatch()
    private var nextRow: UInt64 = 0

    /// - Parameter commit: the position of the time that the chunk is read at: the version of its rows.
    init(run: DocumentRun, chunk: Int, commit: UInt64) {
        self.run = run
        self.chunk = chunk
        self.commit = commit
        rows = DocumentRows(run.plan.table, in: run.source.fields)
    }

    var count: Int { batch.changes.count }
    var byteCount: Int { batch.bytes.count }

    mutating func append(_ document: Span<UInt8>) throws {
        let slot = try rows.append(document, to: &batch)
        append(Change(kind: .read, schema: rows.schemaIndex(in: &batch), ordinal: ordinal(), newSlot: slot))
    }

    /// Adds deletes of the `_id`s that no document added so far has.
    mutating func appendDeletes(of ids: [[UInt8]]) throws {
        let found = try Set(batch.changes.map { try Self.key(of: batch.newRow($0).bytes(0)) })
        for id in ids where try !found.contains(Self.key(of: id.span)) {
            var key = BSONWriter()
            key.append("_id", try BSONElement(id.span).value)
            let slot = try rows.append(key: key.document.span, to: &batch)
            append(
                Change(
                    kind: .delete, old: .key, schema: rows.schemaIndex(in: &batch), ordinal: ordinal(), oldSlot: slot))
        }
    }

    /// Takes what was gathered.
    mutating func take(isLast: Bool) -> ChangeBatch {
        var taken = ChangeBatch()
        swap(&taken, &batch)
        batch.bytes.reserveCapacity(BatchSize.reserve(after: taken.bytes.count))
        batch.slots.reserveCapacity(min(taken.slots.count, 1 << 16))
        if taken.schemas.isEmpty { taken.schemas = [rows.schema] }
        taken.origin = .snapshot(
            SnapshotOrigin(
                run: run.number, table: run.plan.table, commit: commit, chunk: chunk, isLastOfChunk: isLast,
                superseded: 0))
        return taken
    }

    /// Ordinals are unique in the run, for sinks that append.
    private mutating func ordinal() -> UInt64 {
        defer { nextRow += 1 }
        return UInt64(chunk) << 32 | nextRow
    }

    private mutating func append(_ change: Change) {
        batch.changes.append(change)
    }

    /// What two elements have in common that the server calls equal, for looking for one by another.
    private static func key(of element: Span<UInt8>) throws -> [UInt8] {
        var key: [UInt8] = []
        try key.append(bsonKey: BSONElement(element).value)
        return key
    }
}

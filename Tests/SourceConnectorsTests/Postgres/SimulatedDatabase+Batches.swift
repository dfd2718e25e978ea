import Change

/// The stream's, and not the database's own.
private typealias StreamTransaction = Transaction

extension SimulatedDatabase {
    /// Rows of a chunk.
    static func rows(
        _ rows: some Sequence<(key: Int, value: Int)>, ofChunk chunk: Int, commit: UInt64, isLast: Bool
    ) -> ChangeBatch {
        var batch = ChangeBatch(
            origin: .snapshot(
                SnapshotOrigin(
                    run: 1, table: schema.table, commit: commit, chunk: chunk, isLastOfChunk: isLast, superseded: 0)))
        batch.schemas = [schema]
        for (key, value) in rows { append(.read, new: (key, value), to: &batch) }
        return batch
    }

    /// A part of a transaction as the stream delivers it.
    static func batch(
        _ writes: ArraySlice<Write>, of id: UInt64, commit: UInt64, isLast: Bool
    ) -> ChangeBatch {
        var batch = ChangeBatch()
        batch.schemas = [schema]
        for write in writes {
            switch write {
            case .put(let key, let value): append(.update, new: (key, value), to: &batch)
            case .delete(let key): append(.delete, old: key, to: &batch)
            case .move(let key, let other, let value): append(.update, new: (other, value), old: key, to: &batch)
            case .truncate: append(.truncate, to: &batch)
            }
        }
        batch.transactions = [
            StreamTransaction(
                commit: commit, end: isLast ? commit + 1 : nil, id: id, committedAt: 0, changes: 0..<batch.changes.count
            )
        ]
        return batch
    }

    private static func append(
        _ kind: ChangeKind, new: (key: Int, value: Int)? = nil, old: Int? = nil, to batch: inout ChangeBatch
    ) {
        func slot(_ texts: [String?]) -> UInt32 {
            let first = batch.slots.count
            for text in texts {
                guard let text else {
                    batch.slots.append(.unchanged)
                    continue
                }
                batch.slots.append(CellSlot(offset: batch.bytes.count, length: text.utf8.count))
                batch.bytes.append(contentsOf: text.utf8)
            }
            return UInt32(first)
        }
        let oldSlot = old.map { slot([String($0), nil]) } ?? 0
        let newSlot = new.map { slot([String($0.key), String($0.value)]) } ?? 0
        batch.changes.append(
            Change(
                kind: kind, old: old == nil ? .absent : .key, schema: 0, ordinal: UInt64(batch.changes.count),
                newSlot: newSlot, oldSlot: oldSlot))
    }
}

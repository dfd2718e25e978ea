internal import Change

extension WindowFold {
    /// What is alive in one buffer.
    private struct Use {
        var bytes = 0
        var rows = 0
        var isSparse = false

        mutating func add(_ rowBytes: Int) {
            bytes += rowBytes
            rows += 1
        }
    }

    /// Frees the buffers that are mostly dead, after copying what is alive in them.
    ///
    /// It is due again when as much has been added as was left, so that all its runs together cost about as much as
    /// the adding. While it copies, the fold holds what is alive in sparse buffers twice at the most.
    mutating func collect() {
        buffers.closePack()
        var uses = [Use](repeating: Use(), count: buffers.count)
        for entry in entries where !entry.isDropped {
            let schema = shapes[entry.shape].schema
            uses[Int(entry.row.buffer)].add(buffers.byteCount(at: entry.row, of: schema))
            guard let old = entry.old else { continue }
            uses[Int(old.buffer)].add(buffers.byteCount(at: old, of: schema))
        }
        for number in uses.indices {
            uses[number].isSparse = uses[number].bytes * 2 < buffers.span(of: UInt32(number))
            if uses[number].isSparse, uses[number].rows == 0 { buffers.remove(UInt32(number)) }
        }
        for number in entries.indices where !entries[number].isDropped {
            let entry = entries[number]
            let schema = shapes[entry.shape].schema
            entries[number].row = moved(entry.row, of: schema, &uses)
            if let old = entry.old { entries[number].old = moved(old, of: schema, &uses) }
        }
        checkAt = max(slackBytes, byteCount * 2)
    }

    private mutating func moved(_ place: RowPlace, of schema: TableSchema, _ uses: inout [Use]) -> RowPlace {
        let number = Int(place.buffer)
        guard uses[number].isSparse else { return place }
        let copy = buffers.copy(buffers.row(at: place, of: schema))
        uses[number].rows -= 1
        if uses[number].rows == 0 { buffers.remove(place.buffer) }
        return copy
    }
}

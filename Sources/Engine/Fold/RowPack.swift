internal import Change
internal import Wire

/// Rows copied close together, so that the buffers they came from can be freed.
struct RowPack {
    private(set) var bytes: [UInt8] = []
    private(set) var slots: [CellSlot] = []

    /// How many bytes of memory the pack holds.
    var byteCount: Int { GrownArray.byteCount(bytes) + GrownArray.byteCount(slots) }

    var isEmpty: Bool { slots.isEmpty }

    /// Copies a row behind the others and returns where its slots begin.
    mutating func append(_ row: borrowing Row) -> Int {
        let first = slots.count
        for column in 0..<row.count { append(cell: column, of: row) }
        return first
    }

    /// Appends a row with its unchanged cells taken from another row of the same shape.
    mutating func append(_ row: borrowing Row, filledFrom known: borrowing Row) {
        for column in 0..<row.count {
            if row.state(column) == .unchanged {
                append(cell: column, of: known)
            } else {
                append(cell: column, of: row)
            }
        }
    }

    /// Copies the rows of another pack behind the others and returns where their slots begin.
    mutating func append(_ pack: borrowing RowPack) -> Int {
        let first = slots.count
        let shift = bytes.count
        bytes.append(pack.bytes.span)
        for slot in pack.slots {
            slots.append(slot.state == .value ? CellSlot(offset: Int(slot.offset) + shift, length: slot.length) : slot)
        }
        return first
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 16)
        slots.removeAll(keepingCapacity: true)
    }

    private mutating func append(cell column: Int, of row: borrowing Row) {
        switch row.state(column) {
        case .null: slots.append(.null)
        case .unchanged: slots.append(.unchanged)
        case .missing: slots.append(.missing)
        case .value:
            let value = row.bytes(column)
            slots.append(CellSlot(offset: bytes.count, length: value.count))
            bytes.append(value)
        }
    }
}

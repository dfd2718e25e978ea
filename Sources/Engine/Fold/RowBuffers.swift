internal import Change

/// The buffers that the rows of one window stand in, and how many bytes they keep alive.
struct RowBuffers {
    private struct Buffer {
        var bytes: [UInt8]
        var slots: [CellSlot]
        /// What the buffer counts; nothing while something else holds it anyway.
        var byteCount: Int
    }

    private var buffers: [Buffer] = []
    private var free: [UInt32] = []
    /// The batch that is being sorted, and its number once a row of it was kept.
    private var batchBytes: [UInt8] = []
    private var batchSlots: [CellSlot] = []
    private var batchBuffer: UInt32?
    private var batchByteCount = 0
    private var batchChanges = 0
    /// How many rows of the batch were kept.
    private var placed = 0
    /// Copied rows, and the number that they will stand under.
    private var pack = RowPack()
    private var packBuffer: UInt32?
    /// Where a row is put together.
    private var scratch = RowPack()
    private var heldBytes = 0
    /// At this size a pack is closed and the next begun.
    private let packBytesMax: Int

    init(packBytesMax: Int) {
        self.packBytesMax = packBytesMax
    }

    /// How many bytes are kept alive, the batch that is being sorted left out.
    var byteCount: Int { heldBytes + pack.byteCount }

    /// How many buffers there are or were: one more than the largest number.
    var count: Int { buffers.count }

    /// Takes note of the batch whose rows are kept from now on.
    mutating func begin(_ batch: borrowing ChangeBatch) {
        if let batchBuffer { count(batchBuffer) }
        batchBuffer = nil
        batchBytes = batch.bytes
        batchSlots = batch.slots
        batchByteCount = batch.byteCount
        batchChanges = batch.changes.count
        placed = 0
    }

    /// The place of a row: in the batch, or in the pack for a row that stands nowhere else.
    mutating func place(_ source: borrowing SourceRow) -> RowPlace {
        guard let slot = source.slot else { return copy(source.row) }
        let number = batchBuffer ?? insert(Buffer(bytes: batchBytes, slots: batchSlots, byteCount: 0))
        batchBuffer = number
        placed += 1
        return RowPlace(buffer: number, slot: slot)
    }

    /// Copies a row into the pack.
    mutating func copy(_ row: borrowing Row) -> RowPlace {
        let number = openPack()
        return RowPlace(buffer: number, slot: UInt32(pack.append(row)))
    }

    /// Copies a row into the pack, with its unchanged cells taken from a row that is kept.
    mutating func copy(_ row: borrowing Row, filledFrom known: RowPlace) -> RowPlace {
        scratch.removeAll()
        // The known row may stand in the pack itself, and must be let go before the pack is written.
        scratch.append(row, filledFrom: self.row(at: known, of: row.schema))
        let number = openPack()
        return RowPlace(buffer: number, slot: UInt32(pack.append(scratch)))
    }

    /// The number that the next buffer to be adopted will have.
    var nextNumber: UInt32 { free.last ?? UInt32(buffers.count) }

    /// Takes over a buffer of rows.
    ///
    /// - Parameter number: ``nextNumber``, under which places may have been made.
    mutating func adopt(bytes: [UInt8], slots: [CellSlot], as number: UInt32) {
        let inserted = insert(Buffer(bytes: bytes, slots: slots, byteCount: 0))
        precondition(inserted == number, "places name the buffer that is adopted")
        count(number)
    }

    /// The row at a place. It keeps its whole buffer alive, and the pack is copied on the next write while it does.
    func row(at place: RowPlace, of schema: TableSchema) -> Row {
        if place.buffer == packBuffer {
            return Row(schema: schema, bytes: pack.bytes, slots: pack.slots, firstSlot: Int(place.slot))
        }
        let buffer = buffers[Int(place.buffer)]
        return Row(schema: schema, bytes: buffer.bytes, slots: buffer.slots, firstSlot: Int(place.slot))
    }

    /// How many bytes a row takes, its slots included.
    func byteCount(at place: RowPlace, of schema: TableSchema) -> Int {
        let first = Int(place.slot)
        var bytes = schema.columns.count * MemoryLayout<CellSlot>.stride
        if place.buffer == packBuffer {
            for slot in first..<first + schema.columns.count { bytes += pack.slots[slot].length }
        } else {
            let buffer = Int(place.buffer)
            for slot in first..<first + schema.columns.count { bytes += buffers[buffer].slots[slot].length }
        }
        return bytes
    }

    /// What a buffer keeps alive. Of the batch that is being sorted, the part that the rows kept here were taken from:
    /// the rest may belong to other transactions.
    func span(of number: UInt32) -> Int {
        guard number == batchBuffer else { return buffers[Int(number)].byteCount }
        return batchByteCount / max(1, batchChanges) * min(placed, batchChanges)
    }

    /// Frees a buffer that no row is named in any more.
    mutating func remove(_ number: UInt32) {
        if number == batchBuffer { batchBuffer = nil }
        heldBytes -= buffers[Int(number)].byteCount
        buffers[Int(number)] = Buffer(bytes: [], slots: [], byteCount: 0)
        free.append(number)
    }

    /// Closes the pack, so that its rows can be handed out.
    mutating func closePack() {
        guard let number = packBuffer else { return }
        buffers[Int(number)] = Buffer(bytes: pack.bytes, slots: pack.slots, byteCount: 0)
        count(number)
        pack = RowPack()
        packBuffer = nil
    }

    /// Forgets every buffer; the batch that is being sorted stays the one whose rows are kept.
    mutating func removeAll() {
        buffers.removeAll(keepingCapacity: buffers.count <= 64)
        free.removeAll(keepingCapacity: true)
        if packBuffer != nil { pack = RowPack() }
        (batchBuffer, packBuffer) = (nil, nil)
        (heldBytes, placed) = (0, 0)
    }

    private mutating func openPack() -> UInt32 {
        if pack.byteCount >= packBytesMax { closePack() }
        let number = packBuffer ?? insert(Buffer(bytes: [], slots: [], byteCount: 0))
        packBuffer = number
        return number
    }

    private mutating func count(_ number: UInt32) {
        let buffer = buffers[Int(number)]
        let bytes = buffer.bytes.count + buffer.slots.count * MemoryLayout<CellSlot>.stride
        buffers[Int(number)].byteCount = bytes
        heldBytes += bytes
    }

    private mutating func insert(_ buffer: Buffer) -> UInt32 {
        if let number = free.popLast() {
            buffers[Int(number)] = buffer
            return number
        }
        buffers.append(buffer)
        return UInt32(buffers.count - 1)
    }
}

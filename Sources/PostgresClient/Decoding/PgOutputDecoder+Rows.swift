internal import Change
internal import Wire

extension PgOutputDecoder {
    mutating func readInsert(_ message: Span<UInt8>) throws {
        let place = try relation(of: message)
        try expect(UInt8(ascii: "N"), in: message, at: 5)
        let (first, end) = try readTuple(message, at: 6, base: appendBody(of: message), place: place)
        try requireEnd(of: message, at: end)
        append(.insert, place: place, newSlot: first)
    }

    mutating func readUpdate(_ message: Span<UInt8>) throws {
        let place = try relation(of: message)
        let base = appendBody(of: message)
        var old = OldRow.absent
        var oldSlot = 0
        var offset = 5
        if let kind = oldKind(message, at: 5) {
            old = kind
            (oldSlot, offset) = try readTuple(message, at: 6, base: base, place: place)
            if old == .key { forgetOtherColumns(from: oldSlot, place: place) }
        }
        try expect(UInt8(ascii: "N"), in: message, at: offset)
        let (newSlot, end) = try readTuple(message, at: offset + 1, base: base, place: place)
        try requireEnd(of: message, at: end)
        if old != .absent { completeNewRow(newSlot, fromOld: oldSlot) }
        append(.update, old: old, place: place, newSlot: newSlot, oldSlot: oldSlot)
    }

    mutating func readDelete(_ message: Span<UInt8>) throws {
        let place = try relation(of: message)
        guard let old = oldKind(message, at: 5) else { throw WireError.malformed("delete without an old row") }
        let (first, end) = try readTuple(message, at: 6, base: appendBody(of: message), place: place)
        try requireEnd(of: message, at: end)
        if old == .key { forgetOtherColumns(from: first, place: place) }
        append(.delete, old: old, place: place, oldSlot: first)
    }

    /// Copies a change's tuples, framing included, to the batch at once, and returns where the message's first byte
    /// would stand, so that an offset in the message plus this is an offset in the batch.
    private mutating func appendBody(of message: Span<UInt8>) -> Int {
        let base = batch.bytes.count - 5
        batch.bytes.append(message.extracting(5..<message.count))
        return base
    }

    /// Records where a tuple's cells stand; returns its first slot, and the offset behind it.
    private mutating func readTuple(
        _ message: Span<UInt8>, at start: Int, base: Int, place: Int
    ) throws(WireError) -> (firstSlot: Int, end: Int) {
        let length = message.count
        guard start <= length - 2 else {
            throw .truncated(at: start, needed: 2, available: Swift.max(0, length - start))
        }
        let columns = Int(message[start]) << 8 | Int(message[start + 1])
        guard columns == relations[place: place].isIdentityColumn.count else {
            throw .malformed("row: it has \(columns) cells, its table another number of columns")
        }
        let firstSlot = batch.slots.count
        var offset = start + 2
        for _ in 0..<columns {
            guard offset < length else { throw .truncated(at: offset, needed: 1, available: 0) }
            switch message[offset] {
            case UInt8(ascii: "t"):
                guard offset <= length - 5 else { throw .truncated(at: offset, needed: 5, available: length - offset) }
                let size =
                    Int(message[offset + 1]) << 24 | Int(message[offset + 2]) << 16 | Int(message[offset + 3]) << 8
                    | Int(message[offset + 4])
                offset += 5
                guard size <= Int(Int32.max) else { throw .negativeLength(at: offset) }
                guard size <= length - offset else {
                    throw .truncated(at: offset, needed: size, available: length - offset)
                }
                batch.slots.append(CellSlot(offset: base + offset, length: size))
                offset += size
            case UInt8(ascii: "n"):
                batch.slots.append(.null)
                offset += 1
            case UInt8(ascii: "u"):
                batch.slots.append(.unchanged)
                offset += 1
            case UInt8(ascii: "b"): throw .malformed("cell: it is binary, which was not asked for")
            case let kind: throw .malformed("cell: it has the unknown kind \(kind)")
            }
        }
        return (firstSlot, offset)
    }

    private func oldKind(_ message: Span<UInt8>, at offset: Int) -> OldRow? {
        guard offset < message.count else { return nil }
        return switch message[offset] {
        case UInt8(ascii: "K"): .key
        case UInt8(ascii: "O"): .full
        default: nil
        }
    }

    /// A key tuple says null for every column outside the identity, whatever the row holds: that is no knowledge.
    private mutating func forgetOtherColumns(from firstSlot: Int, place: Int) {
        for column in relations[place: place].isIdentityColumn.indices
        where !relations[place: place].isIdentityColumn[column] {
            batch.slots[firstSlot + column] = .unchanged
        }
    }

    /// An unchanged cell is what the old row says, where it says so; both rows then share its bytes.
    private mutating func completeNewRow(_ newSlot: Int, fromOld oldSlot: Int) {
        for column in 0..<(batch.slots.count - newSlot) where batch.slots[newSlot + column].state == .unchanged {
            batch.slots[newSlot + column] = batch.slots[oldSlot + column]
        }
    }

    /// The place of the table that a row's message names, with its schema in the batch.
    private mutating func relation(of message: Span<UInt8>) throws -> Int {
        guard isInTransaction else { throw WireError.malformed("change outside a transaction") }
        var reader = ByteReader(message, from: 1)
        return try relation(try reader.readUInt32())
    }

    mutating func relation(_ oid: UInt32) throws(WireError) -> Int {
        guard let place = relations.place(of: oid) else { throw .malformed("change of a table never described") }
        if relations[place: place].batch != batchNumber {
            relations[place: place].batch = batchNumber
            relations[place: place].schemaIndex = UInt32(batch.schemas.count)
            batch.schemas.append(relations[place: place].schema)
            useCount += 1
            relations[place: place].lastUse = useCount
        }
        return place
    }

    private func expect(_ byte: UInt8, in message: Span<UInt8>, at offset: Int) throws(WireError) {
        guard offset < message.count else { throw .truncated(at: offset, needed: 1, available: 0) }
        guard message[offset] == byte else { throw .malformed("change: byte \(offset) names no row") }
    }

    func requireEnd(of message: Span<UInt8>, at offset: Int) throws(WireError) {
        guard offset == message.count else { throw .malformed("message: it goes on after its end") }
    }

    mutating func append(
        _ kind: ChangeKind, old: OldRow = .absent, place: Int, newSlot: Int = 0, oldSlot: Int = 0
    ) {
        batch.changes.append(
            Change(
                kind: kind, old: old, schema: relations[place: place].schemaIndex, ordinal: nextOrdinal,
                newSlot: UInt32(newSlot), oldSlot: UInt32(oldSlot)))
        nextOrdinal += 1
    }
}

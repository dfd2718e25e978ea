internal import Change
internal import Wire

extension PgOutputDecoder {
    mutating func readBegin(_ message: Span<UInt8>) throws {
        guard !isInTransaction else { throw WireError.malformed("transaction: it begins within another") }
        var reader = ByteReader(message, from: 1)
        let commit = LSN(rawValue: try reader.readUInt64())
        let committedAt = Int64(bitPattern: try reader.readUInt64())
        let id = try reader.readUInt32()
        try requireEnd(of: message, at: reader.offset)
        try begin(
            commit: commit, id: fullTransactionID(id), committedAt: PostgresTime.sinceUnixEpoch(committedAt))
    }

    mutating func readCommit(_ message: Span<UInt8>) throws {
        guard isInTransaction, let last = batch.transactions.indices.last else {
            throw WireError.malformed("commit without a transaction")
        }
        var reader = ByteReader(message, from: 1)
        guard try reader.readUInt8() == 0 else { throw WireError.malformed("commit: it has unknown flags") }
        let commit = LSN(rawValue: try reader.readUInt64())
        let end = LSN(rawValue: try reader.readUInt64())
        _ = try reader.readUInt64()
        try requireEnd(of: message, at: reader.offset)
        guard commit.commitPosition == batch.transactions[last].commit, end > commit else {
            throw WireError.malformed("commit: it ends another transaction than the one that began")
        }
        finish(at: end)
    }

    /// Where changes of this transaction came from is of no interest; the message only has to be sound.
    func readOrigin(_ message: Span<UInt8>) throws {
        var reader = ByteReader(message, from: 1)
        _ = try reader.readUInt64()
        _ = try reader.skipCString()
        try requireEnd(of: message, at: reader.offset)
    }

    mutating func readTruncate(_ message: Span<UInt8>) throws {
        guard isInTransaction else { throw WireError.malformed("change outside a transaction") }
        var reader = ByteReader(message, from: 1)
        let count = Int(try reader.readUInt32())
        // CASCADE and RESTART IDENTITY: the server names every table that was truncated, so nothing follows from them.
        _ = try reader.readUInt8()
        guard count <= reader.remaining / 4 else { throw WireError.malformed("truncate: it names too few tables") }
        for _ in 0..<count {
            append(.truncate, place: try relation(try reader.readUInt32()))
        }
        try requireEnd(of: message, at: reader.offset)
    }

    /// A message outside any transaction is one of its own. The server gives the place where its record ends, and there
    /// the next commit record may begin: so its position is the last one within its own record, which no commit has. To
    /// resume from the record's end passes over it, and over nothing else.
    mutating func readMessage(_ message: Span<UInt8>, sentAt: Int64) throws {
        var reader = ByteReader(message, from: 1)
        let flags = try reader.readUInt8()
        let isTransactional = flags == 1
        guard flags <= 1 else { throw WireError.malformed("logical message: it has unknown flags") }
        let end = LSN(rawValue: try reader.readUInt64())
        let prefix = try reader.skipCString()
        let length = Int32(bitPattern: try reader.readUInt32())
        let content = try reader.skip(Int(length))
        try requireEnd(of: message, at: reader.offset)
        guard isTransactional == isInTransaction else {
            throw WireError.malformed("logical message: it stands on the wrong side of a transaction's bounds")
        }
        if !isTransactional {
            guard end.rawValue >= 8 else { throw WireError.malformed("logical message: its place is not in the log") }
            try begin(commit: LSN(rawValue: end.rawValue - 8), id: 0, committedAt: sentAt)
        }
        append(prefix: message.extracting(prefix), content: message.extracting(content))
        if !isTransactional { finish(at: end) }
    }

    private mutating func begin(commit: LSN, id: UInt64, committedAt: Int64) throws(WireError) {
        guard commit.rawValue.isMultiple(of: 8), commit.commitPosition <= Version.commitMax, commit > .zero else {
            throw .malformed("commit position")
        }
        let here = batch.changes.count
        batch.transactions.append(
            Transaction(
                commit: commit.commitPosition, end: nil, id: id, committedAt: committedAt, changes: here..<here))
        isInTransaction = true
        nextOrdinal = 0
    }

    private mutating func finish(at end: LSN) {
        closePart()
        batch.transactions[batch.transactions.count - 1].end = end.rawValue
        isInTransaction = false
    }

    private mutating func append(prefix: Span<UInt8>, content: Span<UInt8>) {
        let first = batch.slots.count
        batch.slots.append(CellSlot(offset: batch.bytes.count, length: prefix.count))
        batch.bytes.append(prefix)
        let start = batch.bytes.count
        batch.bytes.append(literal: "\\x")
        batch.bytes.append(hex: content)
        batch.slots.append(CellSlot(offset: start, length: batch.bytes.count - start))
        if messageSchema.batch != batchNumber {
            messageSchema = (batchNumber, UInt32(batch.schemas.count))
            batch.schemas.append(LogicalMessage.schema)
        }
        batch.changes.append(
            Change(kind: .message, schema: messageSchema.index, ordinal: nextOrdinal, newSlot: UInt32(first)))
        nextOrdinal += 1
    }

    /// The 64-bit number whose lower half this is and which is nearest to the latest one.
    private mutating func fullTransactionID(_ id: UInt32) -> UInt64 {
        let distance = Int64(Int32(bitPattern: id &- UInt32(truncatingIfNeeded: latestTransactionID)))
        let full = UInt64(bitPattern: Int64(bitPattern: latestTransactionID) &+ distance)
        latestTransactionID = max(latestTransactionID, full)
        return full
    }
}

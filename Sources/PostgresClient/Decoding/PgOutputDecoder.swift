public import Change
internal import Wire

/// Decodes pgoutput protocol version 1 with text cells (PostgreSQL documentation, "Logical Replication Message
/// Formats") into change batches.
///
/// A value without I/O: it is fed one message at a time, in order, and the owner takes the batch whenever it likes
/// between two messages; a transaction goes on in the next batch. After an error the decoder is of no more use, except
/// that what it decoded before can still be taken.
public struct PgOutputDecoder: Sendable {
    /// What came of one message.
    public enum Outcome: Sendable, Equatable {
        /// It was read; its changes, if any, are in the batch.
        case decoded
        /// Nothing was done: answer the request with ``PgOutputDecoder/supply(_:)`` and decode the message again.
        case needs(CatalogRequest)
    }

    /// How many tables are remembered at most. The one used longest ago is forgotten; should the stream come back to
    /// it, decoding throws, and on a new connection the server describes it again.
    public static let relationsMax = 65_536

    var batch = ChangeBatch()
    /// Counts the batches, so that a relation knows whether its schema is in the current one.
    var batchNumber: UInt64 = 0
    var catalog = TypeCatalog()
    var relations = RelationTable()
    /// Counts uses of relations, by batch, to know which was used longest ago.
    var useCount: UInt64 = 0
    /// Where the schema of logical messages stands, if it is in the batch of that number.
    var messageSchema: (batch: UInt64, index: UInt32) = (.max, 0)
    /// What was looked up and waits for its Relation message.
    var facts: [UInt32: RelationFacts] = [:]

    /// Whether a transaction has begun whose commit was not received.
    public internal(set) var isInTransaction = false
    var nextOrdinal: UInt64 = 0
    /// The full number of the highest transaction so far; all others that can be in the stream are within 2³¹ of it.
    var latestTransactionID: UInt64

    /// - Parameter nearTransactionID: A transaction id of 64 bits of the same server and about the same time
    ///   (`pg_current_xact_id()`, or the end of `pg_current_snapshot()`): the stream gives only the lower 32 bits.
    public init(nearTransactionID: UInt64) {
        latestTransactionID = nearTransactionID
    }

    /// How many bytes of memory the batch under way holds, nearly.
    public var batchByteCount: Int { batch.byteCount }

    /// How many changes the batch under way holds.
    public var batchChangeCount: Int { batch.changes.count }

    /// Whether the batch under way holds nothing at all, not even the end of a transaction.
    public var isBatchEmpty: Bool { batch.transactions.isEmpty }

    /// Takes the batch; the next one continues the transaction under way.
    ///
    /// Its last transaction is complete exactly if ``isInTransaction`` is false.
    public mutating func takeBatch() -> ChangeBatch {
        closePart()
        var taken = ChangeBatch()
        swap(&taken, &batch)
        batchNumber += 1
        // As many bytes and the row that ends the batch; but one great row must not make every later batch as large.
        batch.bytes.reserveCapacity(min(taken.bytes.count + 4 << 10, 1 << 20))
        batch.slots.reserveCapacity(min(taken.slots.count, 1 << 16))
        batch.changes.reserveCapacity(min(taken.changes.count, 1 << 13))
        if isInTransaction, var transaction = taken.transactions.last {
            transaction.changes = 0..<0
            batch.transactions.append(transaction)
        }
        return taken
    }

    /// Tells the decoder what it asked for, or what it is going to ask for.
    public mutating func supply(_ answer: CatalogAnswer) {
        for oid in answer.request.types where !catalog.knows(oid) { catalog.addUnknown(oid) }
        catalog.add(answer.types)
        facts[answer.request.relation] = answer.facts
    }

    /// Reads one message: the payload of one piece of replication data.
    ///
    /// - Parameter sentAt: When the server sent it, in microseconds since 1970: the time of a message that belongs to no
    ///   transaction.
    /// - Throws: `protocolViolation` for anything that is not exactly a message of this protocol.
    public mutating func decode(_ message: Span<UInt8>, sentAt: Int64) throws(PostgresError) -> Outcome {
        let bytes = batch.bytes.count, slots = batch.slots.count, changes = batch.changes.count
        do {
            return try read(message, sentAt: sentAt)
        } catch {
            batch.bytes.removeSubrange(bytes...)
            batch.slots.removeSubrange(slots...)
            batch.changes.removeSubrange(changes...)
            if let error = error as? PostgresError { throw error }
            throw .protocolViolation("a pgoutput message cannot be read: \(error)")
        }
    }

    private mutating func read(_ message: Span<UInt8>, sentAt: Int64) throws -> Outcome {
        guard message.count > 0 else { throw WireError.truncated(at: 0, needed: 1, available: 0) }
        // Places in a batch are 32-bit numbers; a message is at most 1 GiB and has at most half as many cells.
        guard batch.bytes.count < 1 << 31, batch.slots.count < 1 << 31, batch.changes.count < 1 << 31 else {
            throw PostgresError.protocolViolation("a batch was not taken before it held 2 GiB")
        }
        switch message[0] {
        case UInt8(ascii: "I"): try readInsert(message)
        case UInt8(ascii: "U"): try readUpdate(message)
        case UInt8(ascii: "D"): try readDelete(message)
        case UInt8(ascii: "B"): try readBegin(message)
        case UInt8(ascii: "C"): try readCommit(message)
        case UInt8(ascii: "R"): return try readRelation(message)
        case UInt8(ascii: "Y"): try readType(message)
        case UInt8(ascii: "T"): try readTruncate(message)
        case UInt8(ascii: "M"): try readMessage(message, sentAt: sentAt)
        case UInt8(ascii: "O"): try readOrigin(message)
        case UInt8(ascii: "A"):
            // Version 18 reports the abort of a transaction that it found aborted before sending any of it. Nothing is
            // ever sent ahead of its commit in this protocol, so there is nothing to take back.
            break
        case UInt8(ascii: "S"), UInt8(ascii: "E"), UInt8(ascii: "c"):
            throw PostgresError.protocolViolation(
                "the server streams a transaction before its commit, which was not asked for")
        case let kind:
            throw PostgresError.protocolViolation("a pgoutput message has the unknown kind \(kind)")
        }
        return .decoded
    }

    /// Ends the current transaction's part of the batch at the last change.
    mutating func closePart() {
        guard isInTransaction, let last = batch.transactions.indices.last else { return }
        let start = batch.transactions[last].changes.lowerBound
        batch.transactions[last].changes = start..<batch.changes.count
    }
}

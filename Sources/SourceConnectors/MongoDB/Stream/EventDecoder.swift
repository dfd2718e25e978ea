internal import Change
internal import Connector
internal import MongoClient
internal import Wire

/// Turns the events of a change stream into batches of changes, without I/O.
///
/// Events that share a cluster time are one transaction, in the order of the stream. Nothing in the stream marks its end:
/// an event of another time does, or an answer without events; an event that cannot share its time ends its own.
struct EventDecoder {
    /// What an event asks of the reader, beside the changes that it brought.
    enum Notice: Equatable {
        case nothing
        /// The stream ended with this event; it is opened again after it.
        case invalidated
        /// A collection's documents are all gone; said to the operator.
        case emptied(TableName, by: String)
        /// An event without a meaning for rows.
        case passedOver(String)
    }

    private struct Open {
        var commit: UInt64
        var committedAt: Int64
        var nextOrdinal: UInt64 = 0
        /// Of the event that came last.
        var mark: UInt64 = 0
    }

    private struct Collection {
        var database: [UInt8]
        var name: [UInt8]
        var rows: DocumentRows
    }

    private var collections: [Collection]
    private let sharesTimes: Bool
    private var batch = ChangeBatch()
    private var open: Open?
    /// Where the stream began: the server may tell again of what happened then.
    private let start: UInt64
    /// Everything up to here was delivered as a whole.
    private(set) var delivered: UInt64

    /// - Parameters:
    ///   - sharesTimes: whether events without a transaction may share a cluster time.
    ///   - delivered: what is not delivered again.
    init(_ tables: [TableName], in fields: FieldTable, sharesTimes: Bool, after delivered: UInt64) {
        collections = tables.map { table in
            Collection(
                database: Array(table.namespace.utf8), name: Array(table.name.utf8),
                rows: DocumentRows(table, in: fields))
        }
        self.sharesTimes = sharesTimes
        start = delivered
        self.delivered = delivered
    }

    /// Whether the end of a transaction is awaited.
    var isInTransaction: Bool { open != nil }

    var changeCount: Int { batch.changes.count }
    var byteCount: Int { batch.bytes.count }
    var isEmpty: Bool { batch.transactions.isEmpty }

    /// Takes the next event.
    mutating func append(_ event: ChangeEvent, _ bytes: Span<UInt8>) throws -> Notice {
        if event.kind == .invalidate {
            close()
            return .invalidated
        }
        let commit = try MongoPosition.commit(event.clusterTime)
        guard commit > start else { return .nothing }
        guard commit > delivered else {
            throw MillraceError(.malformedSource, "the change stream went back to a time that it had left behind")
        }
        begin(commit, at: event.committedAt)
        let notice = try decode(event, bytes)
        open?.mark = Self.mark(of: event, bytes)
        if !sharesTimes, !event.isOfTransaction { close() }
        return notice
    }

    /// The server has nothing more to say: whatever was open is whole.
    mutating func endOfEvents() { close() }

    /// A transaction without changes that carries the position to this one, where it would carry it anywhere.
    ///
    /// - Precondition: every event at or before it was appended.
    mutating func advance(to commit: UInt64, at time: Int64) {
        guard open == nil, commit > delivered else { return }
        let end = batch.changes.count
        batch.transactions.append(
            Transaction(
                commit: commit, end: MongoPosition.end(commit), id: 0, committedAt: time,
                changes: end..<end))
        delivered = commit
    }

    /// Takes what was gathered; an open transaction goes on in the next batch.
    mutating func take() -> ChangeBatch {
        var taken = ChangeBatch()
        swap(&taken, &batch)
        batch.bytes.reserveCapacity(BatchSize.reserve(after: taken.bytes.count))
        batch.slots.reserveCapacity(min(taken.slots.count, 1 << 16))
        return taken
    }

    /// What an event is known by, when it is met again after a restart: never zero.
    ///
    /// Made of what every server version says alike; the token's own text is not.
    static func mark(of event: ChangeEvent, _ bytes: Span<UInt8>) -> UInt64 {
        var hash = Hash64()
        hash.combine(event.kind.name.span)
        for range in [event.namespace?.database, event.namespace?.collection, event.documentKey] {
            if let range { hash.combine(bytes.extracting(range)) } else { hash.combine(0) }
        }
        return MongoPosition.mark(hash: hash.value)
    }

    // MARK: Transactions

    private mutating func begin(_ commit: UInt64, at time: Int64) {
        if let open, open.commit != commit { close() }
        if open == nil { open = Open(commit: commit, committedAt: time) }
        beginPart()
    }

    /// Makes sure that the batch's last transaction is the open one.
    private mutating func beginPart() {
        guard let open, batch.transactions.last?.commit != open.commit else { return }
        let end = batch.changes.count
        batch.transactions.append(
            Transaction(
                commit: open.commit, end: nil, id: open.commit, committedAt: open.committedAt, changes: end..<end))
    }

    private mutating func close() {
        guard let open else { return }
        beginPart()
        batch.transactions[batch.transactions.count - 1].end = MongoPosition.end(open.commit, mark: open.mark)
        delivered = open.commit
        self.open = nil
    }

    // MARK: Events

    private mutating func decode(_ event: ChangeEvent, _ bytes: Span<UInt8>) throws -> Notice {
        guard let place = place(of: event.namespace, bytes) else {
            if event.kind == .rename, let target = place(of: event.destination, bytes) { throw replaced(target) }
            return .passedOver("\(event.kind)")
        }
        switch event.kind {
        case .insert, .replace, .update: try appendRow(event, bytes, place)
        case .delete: try appendDelete(event, bytes, place)
        case .drop: return empty(place, by: "drop")
        case .rename:
            if let target = self.place(of: event.destination, bytes) { throw replaced(target) }
            return empty(place, by: "rename")
        case .dropDatabase, .invalidate, .other: return .passedOver("\(event.kind)")
        }
        return .nothing
    }

    private mutating func appendRow(_ event: ChangeEvent, _ bytes: Span<UInt8>, _ place: Int) throws {
        // The row as it was comes first: laying out either may make a new schema, and both have to be of one.
        let old = try appendBefore(event, bytes, place)
        let schema = collections[place].rows.schema
        let new: UInt32
        if event.fullDocument == nil, let old {
            // Deleted since, by a change that is on its way. The row leaves where it stood, which that change, whose
            // document before may be another, does not name.
            var change = Change(kind: .delete, old: .full, schema: 0, ordinal: 0, oldSlot: old)
            return append(&change, place)
        }
        if let document = event.fullDocument {
            new = try collections[place].rows.append(bytes.extracting(document), to: &batch)
        } else {
            // The document was deleted since, or its image was not kept: the row is read again by its key.
            new = try collections[place].rows.append(key: try key(of: event, bytes), to: &batch)
        }
        var change = Change(
            kind: event.kind == .insert ? .insert : .update, schema: 0, ordinal: 0, newSlot: new)
        if let old {
            change.old = .full
            change.oldSlot = old
            if collections[place].rows.schema !== schema, let before = event.documentBefore {
                change.oldSlot = try collections[place].rows.append(bytes.extracting(before), to: &batch)
            }
        }
        append(&change, place)
    }

    private mutating func appendDelete(_ event: ChangeEvent, _ bytes: Span<UInt8>, _ place: Int) throws {
        var change = Change(kind: .delete, old: .full, schema: 0, ordinal: 0)
        if let old = try appendBefore(event, bytes, place) {
            change.oldSlot = old
        } else {
            change.old = .key
            change.oldSlot = try collections[place].rows.append(key: try key(of: event, bytes), to: &batch)
        }
        append(&change, place)
    }

    private mutating func appendBefore(_ event: ChangeEvent, _ bytes: Span<UInt8>, _ place: Int) throws -> UInt32? {
        guard let before = event.documentBefore else { return nil }
        return try collections[place].rows.append(bytes.extracting(before), to: &batch)
    }

    private mutating func empty(_ place: Int, by cause: String) -> Notice {
        var change = Change(kind: .truncate, schema: 0, ordinal: 0)
        append(&change, place)
        return .emptied(collections[place].rows.table, by: cause)
    }

    private mutating func append(_ change: inout Change, _ place: Int) {
        change.schema = collections[place].rows.schemaIndex(in: &batch)
        change.ordinal = open?.nextOrdinal ?? 0
        open?.nextOrdinal += 1
        batch.changes.append(change)
        let last = batch.transactions.count - 1
        batch.transactions[last].changes = batch.transactions[last].changes.lowerBound..<batch.changes.count
    }

    @_lifetime(copy bytes)
    private func key(of event: ChangeEvent, _ bytes: Span<UInt8>) throws -> Span<UInt8> {
        guard let key = event.documentKey else { throw WireError.malformed("change event without a key") }
        return bytes.extracting(key)
    }

    private func place(of namespace: ChangeEvent.Namespace?, _ bytes: Span<UInt8>) -> Int? {
        guard let namespace, let collection = namespace.collection else { return nil }
        return collections.firstIndex {
            $0.name.span.isEqual(to: bytes.extracting(collection))
                && $0.database.span.isEqual(to: bytes.extracting(namespace.database))
        }
    }

    private func replaced(_ place: Int) -> MillraceError {
        MillraceError(
            .sourceRejected,
            "another collection was renamed to this one ($out and renameCollection do so), and its documents are in no "
                + "change: \(MongoFault.resync)", place: "\(collections[place].rows.table)")
    }
}

internal import Change

/// What the stream has delivered of one table since a chunk of it was opened.
struct OpenChunk: Sendable {
    let table: UInt64
    /// The columns that rows are told apart by; empty for a table that the stream brings only inserts of.
    let keyColumns: [String]
    /// P: what was committed at or before it is in the chunk's snapshot.
    let commit: UInt64
    /// For an audit: the commit through which the stream has to be delivered before the rows are.
    var heldUntil: UInt64?
    private var touched: Set<[UInt8]> = []
    private var isTruncated = false
    /// The stream brought a change whose key cannot be told: nothing of the chunk may be handed over after it.
    private(set) var isSpoiled = false
    private var columns: [ObjectIdentifier: (schema: TableSchema, places: [Int]?)] = [:]

    init(table: UInt64, keyColumns: [String], commit: UInt64) {
        self.table = table
        self.keyColumns = keyColumns
        self.commit = commit
    }

    /// Takes note of a change that is about to be delivered.
    mutating func note(_ change: Change, of transaction: Transaction, in batch: ChangeBatch) {
        guard transaction.commit > commit else { return }
        let schema = batch.schemas[Int(change.schema)]
        guard schema.id == table else { return }
        if change.kind == .truncate {
            isTruncated = true
            return
        }
        guard !keyColumns.isEmpty, change.kind != .message else { return }
        guard let places = places(in: schema) else {
            isSpoiled = true
            return
        }
        let old = batch.oldRow(change)
        if let old { insert(RowKey.bytes(of: old, places)) }
        if change.hasNewRow { insert(RowKey.bytes(of: batch.newRow(change), places, orElse: old)) }
    }

    /// Takes the rows out of a batch that the stream has overtaken, and returns them.
    mutating func dropOvertaken(from batch: inout ChangeBatch) -> [Row] {
        guard isTruncated || !touched.isEmpty, let schema = batch.schemas.first else { return [] }
        let places = isTruncated ? [] : places(in: schema)
        guard let places else { return [] }
        let rows = batch
        var overtaken: [Row] = []
        batch.changes.removeAll { change in
            guard let row = change.hasNewRow ? rows.newRow(change) : rows.oldRow(change) else { return false }
            guard isTruncated || RowKey.bytes(of: row, places).map(touched.contains) ?? false else { return false }
            overtaken.append(row)
            return true
        }
        return overtaken
    }

    private mutating func insert(_ key: [UInt8]?) {
        if let key { touched.insert(key) } else { isSpoiled = true }
    }

    private mutating func places(in schema: TableSchema) -> [Int]? {
        if let known = columns[ObjectIdentifier(schema)] { return known.places }
        let places = keyColumns.compactMap { schema.index(of: $0) }
        let result = places.count == keyColumns.count ? places : nil
        // The schema is kept, so that its address is not given to another one.
        columns[ObjectIdentifier(schema)] = (schema, result)
        return result
    }
}

extension Row {
    /// The values of the primary key, in its order.
    var primaryKeyTexts: [String] { schema.primaryKey.map { text($0) ?? "" } }
}

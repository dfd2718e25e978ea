internal import Change
internal import MongoClient
internal import Wire

/// Reads a few documents of a collection, so that its schema is known before the first row.
enum FieldSample {
    private static let documentsOfEachKind: Int32 = 50

    /// Shows the table the oldest and newest documents by `_id`, and some at random.
    @available(*, noasync)
    static func read(_ table: TableName, into fields: FieldTable, on connection: MongoConnection) throws {
        guard !fields.isFixed(table) else { return }
        var rows = DocumentRows(table, in: fields)
        for direction: Int32 in [1, -1] {
            var command = BSONWriter()
            command.append("find", table.name)
            command.append("sort") { $0.append("_id", int32: direction) }
            command.append("limit", int32: documentsOfEachKind)
            try show(command, to: &rows, on: connection)
        }
        var sample = BSONWriter()
        sample.append("$sample") { $0.append("size", int32: documentsOfEachKind * 2) }
        var command = BSONWriter()
        command.append("aggregate", table.name)
        command.append("pipeline", documents: [sample.document])
        command.append("cursor") { _ in }
        try show(command, to: &rows, on: connection)
    }

    @available(*, noasync)
    private static func show(_ command: BSONWriter, to rows: inout DocumentRows, on connection: MongoConnection) throws
    {
        var batch = ChangeBatch()
        try connection.forEachDocument(of: command, on: rows.table.namespace) { document in
            _ = try rows.append(document.bytes, to: &batch)
            batch.bytes.removeAll(keepingCapacity: true)
            batch.slots.removeAll(keepingCapacity: true)
        }
    }
}

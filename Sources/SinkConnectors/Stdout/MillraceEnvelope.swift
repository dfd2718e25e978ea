internal import Change
internal import Connector
internal import Wire

/// Millrace's own form of a change, one line each:
///
/// ```json
/// {"op":"update","namespace":"public","table":"users","schema":"9f86d081884c7d65",
///  "position":{"commit":3053453313,"ordinal":2},"version":781684048128,
///  "transaction":{"id":734,"committedAt":"2026-01-02T03:04:05.678901Z"},
///  "key":{"id":7},"before":{"id":7},"after":{"id":7,"name":"Anne"},"unchanged":["photo"]}
/// ```
///
/// - `op` is `insert`, `update`, `delete`, `read` (a row as the snapshot found it), `truncate` or `message`.
/// - `schema` changes exactly when the table's shape does.
/// - `version` orders the writes of one key, in every sink alike.
/// - `transaction` is null for rows of a snapshot and for truncates.
/// - `before` holds what the source gave of the old row, often its key alone; null where it gave nothing.
/// - `unchanged` names the columns of which the source said only that they are as they were; it is left out where
///   there are none. Such a column is never in `after`.
///
/// A logical message has no `namespace`, `table`, `schema`, `key`, `before` and `after`, and in their place
/// `"message":{"prefix":"…","content":"…"}`; its transaction's `id` is null where it was sent outside of any.
///
/// Cells are encoded as in ``DataType/appendJSON(of:form:to:)``: decimals are strings, bytes base64. Fields of documents
/// are canonical Extended JSON, and one that the document does not have is in neither object.
struct MillraceEnvelope {
    func append(_ write: SinkWrite, _ mapping: StdoutMapping, to line: inout [UInt8]) throws(WireError) {
        appendHead(write.kind, mapping.request.schema, write.position, write.version, to: &line)
        if write.kind == .read {
            line.append(literal: #","transaction":null"#)
        } else {
            appendTransaction(of: write, to: &line)
        }
        if write.kind == .message {
            line.append(literal: #","message":"#)
            try append(write.row, mapping.fields, to: &line)
            return line.append(literal: "}\n")
        }
        line.append(literal: #","key":"#)
        try append(write.row, mapping.keyFields, to: &line)
        let (before, after) = write.kind == .delete ? (write.row, nil) : (write.oldRow, write.row)
        line.append(literal: #","before":"#)
        try append(before, mapping.fields, to: &line)
        line.append(literal: #","after":"#)
        try append(after, mapping.fields, to: &line)
        if let after, after.hasUnchangedCells { appendUnchanged(after, mapping, to: &line) }
        line.append(literal: "}\n")
    }

    func append(truncate request: MappingRequest, floor: Version, to line: inout [UInt8]) {
        let position = Position(commit: floor.commit, ordinal: UInt64(floor.window) * Window.length)
        appendHead(.truncate, request.schema, position, floor, to: &line)
        line.append(literal: #","transaction":null,"key":null,"before":null,"after":null}"#)
        line.append(UInt8(ascii: "\n"))
    }

    private func appendHead(
        _ kind: ChangeKind, _ schema: TableSchema, _ position: Position, _ version: Version, to line: inout [UInt8]
    ) {
        line.append(literal: #"{"op":""#)
        line.append(literal: kind.word)
        if kind != .message {
            line.append(literal: #"","namespace":"#)
            line.append(jsonString: schema.table.namespace)
            line.append(literal: #","table":"#)
            line.append(jsonString: schema.table.name)
            line.append(literal: #","schema":""#)
            line.append(hex: schema.fingerprint)
        }
        line.append(literal: #"","position":{"commit":"#)
        line.append(decimal: position.commit)
        line.append(literal: #","ordinal":"#)
        line.append(decimal: position.ordinal)
        line.append(literal: #"},"version":"#)
        line.append(decimal: version.rawValue)
    }

    private func appendTransaction(of write: SinkWrite, to line: inout [UInt8]) {
        line.append(literal: #","transaction":{"id":"#)
        if write.transaction == 0 {
            line.append(literal: "null")
        } else {
            line.append(decimal: write.transaction)
        }
        line.append(literal: #","committedAt":""#)
        line.append(isoTimestamp: write.committedAt)
        line.append(literal: #"Z"}"#)
    }

    private func append(_ row: Row?, _ fields: [JSONField], to line: inout [UInt8]) throws(WireError) {
        guard let row else { return line.append(literal: "null") }
        try row.appendJSON(fields.within(row), form: JSONForm(documents: .canonical), to: &line)
    }

    private func appendUnchanged(_ row: Row, _ mapping: StdoutMapping, to line: inout [UInt8]) {
        line.append(literal: #","unchanged":["#)
        var isFirst = true
        for output in mapping.request.outputs where row.state(output.column) == .unchanged {
            if !isFirst { line.append(UInt8(ascii: ",")) }
            isFirst = false
            line.append(jsonString: output.name)
        }
        line.append(UInt8(ascii: "]"))
    }
}

extension [JSONField] {
    /// The fields that a row has: an old row has no computed columns, which stand last.
    func within(_ row: Row) -> [JSONField] {
        allSatisfy { $0.column < row.count } ? self : filter { $0.column < row.count }
    }
}

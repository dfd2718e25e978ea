internal import Change
internal import Connector
internal import Wire

/// Changes as Debezium's PostgreSQL connector writes them (version 3, `schemas.enable=false`), each record on a line:
///
/// ```json
/// {"key":{"id":1},"value":{"before":null,"after":{…},"source":{…},"transaction":null,"op":"u","ts_ms":…,…}}
/// ```
///
/// `value` is Debezium's payload; `key` and `headers` are what its record carries beside it. A delete is followed by a
/// tombstone, whose `value` is null. A change of the key is a delete, a tombstone and a create, with the other key in the
/// header `__debezium.newkey` or `__debezium.oldkey`. A truncate has no key. A logical message has the key `{"prefix":"…"}`,
/// the operation `m` and `"message":{"prefix":"…","content":"…"}` with the content in base64; one that was sent outside of
/// any transaction has no `txId`.
///
/// Documents are written as its MongoDB connector writes them: `before` and `after` are the documents as canonical
/// Extended JSON in a string, and the key is `{"id":"…"}` with the `_id` so. `updateDescription` is null: documents are
/// whole. `ord` is the commit's position, and `wallTime` null.
///
/// What differs: `lsn` is that of the commit for every change of a transaction, decimals are strings, and the last row
/// of a snapshot is not told apart: `snapshot` is `"true"` or `"false"`. Columns are encoded as ``DebeziumColumn`` says.
struct DebeziumEnvelope {
    private let names: DebeziumSource.Names
    /// The commit of this transaction and of the one before.
    private var commit: UInt64?
    private var previousCommit: UInt64?

    init(topicPrefix: String, database: String) {
        names = DebeziumSource.Names(topicPrefix: topicPrefix, database: database)
    }

    /// Appends the records of one write.
    ///
    /// - Parameter now: microseconds since 1970.
    mutating func append(
        _ write: SinkWrite, _ mapping: StdoutMapping, at now: Int64, to lines: inout [UInt8]
    ) throws(WireError) {
        if write.kind == .message { return try append(message: write, mapping, at: now, to: &lines) }
        let isSnapshot = write.kind == .read
        if !isSnapshot { advance(to: write.position.commit) }
        let source = DebeziumSource(
            table: mapping.request.schema.table, isCollection: mapping.request.schema.isOpen, isSnapshot: isSnapshot,
            committedAt: isSnapshot ? now : write.committedAt, transaction: isSnapshot ? nil : write.transaction,
            commit: write.position.commit, previousCommit: isSnapshot ? nil : previousCommit)
        for record in Self.records(of: write, mapping) {
            try append(record, source, mapping, at: now, to: &lines)
            guard record.after == nil, !mapping.debezium.keyFields.isEmpty else { continue }
            lines.append(literal: #"{"key":"#)
            try mapping.append(key: record.key, isOld: true, to: &lines)
            lines.append(literal: #","value":null}"#)
            lines.append(UInt8(ascii: "\n"))
        }
    }

    /// Appends the record of a truncate.
    mutating func append(truncate request: MappingRequest, floor: Version, at now: Int64, to lines: inout [UInt8]) {
        advance(to: floor.commit)
        let source = DebeziumSource(
            table: request.schema.table, isCollection: request.schema.isOpen, isSnapshot: false, committedAt: now,
            commit: floor.commit,
            previousCommit: previousCommit)
        lines.append(literal: #"{"key":null,"value":{"source":"#)
        source.append(names, to: &lines)
        appendTail("t", at: now, to: &lines)
        lines.append(literal: "}\n")
    }

    private mutating func append(
        message write: SinkWrite, _ mapping: StdoutMapping, at now: Int64, to lines: inout [UInt8]
    ) throws(WireError) {
        advance(to: write.position.commit)
        let source = DebeziumSource(
            table: TableName(namespace: "", name: ""), isSnapshot: false, committedAt: write.committedAt,
            transaction: write.transaction == 0 ? nil : write.transaction, commit: write.position.commit,
            previousCommit: previousCommit)
        lines.append(literal: #"{"key":{"prefix":"#)
        let message = write.row
        lines.append(jsonString: message.bytes(LogicalMessage.prefixColumn))
        lines.append(literal: #"},"value":{"source":"#)
        source.append(names, to: &lines)
        lines.append(literal: #","message":"#)
        try mapping.append(write.row, mapping.debezium.fields, isOld: false, to: &lines)
        appendTail("m", at: now, to: &lines)
        lines.append(literal: "}\n")
    }

    private mutating func advance(to commit: UInt64) {
        guard self.commit != commit else { return }
        (previousCommit, self.commit) = (self.commit, commit)
    }
}

// Records.
extension DebeziumEnvelope {
    private struct Record {
        var operation: StaticString
        var key: Row
        var before: Row?
        var after: Row?
        /// A header that holds another key.
        var header: (name: StaticString, key: Row)?
    }

    private static func records(of write: SinkWrite, _ mapping: StdoutMapping) -> [Record] {
        let row = write.row
        switch write.kind {
        case .read: return [Record(operation: "r", key: row, after: row)]
        case .delete: return [Record(operation: "d", key: row, before: row)]
        case .update:
            guard let old = write.oldRow, mapping.keyDiffers(old, row) else {
                return [Record(operation: "u", key: row, before: write.oldRow, after: row)]
            }
            return [
                Record(operation: "d", key: old, before: old, header: ("__debezium.newkey", row)),
                Record(operation: "c", key: row, after: row, header: ("__debezium.oldkey", old)),
            ]
        case .insert, .truncate, .message: return [Record(operation: "c", key: row, after: row)]
        }
    }

    private func append(
        _ record: Record, _ source: DebeziumSource, _ mapping: StdoutMapping, at now: Int64, to lines: inout [UInt8]
    ) throws(WireError) {
        lines.append(literal: #"{"key":"#)
        try mapping.append(key: record.key, isOld: record.after == nil, to: &lines)
        lines.append(literal: #","value":{"before":"#)
        if mapping.request.schema.isOpen {
            // Of a document that only its key is known of, nothing was.
            let before = record.before.flatMap { $0.hasUnchangedCells ? nil : $0 }
            try mapping.append(document: before, to: &lines)
            lines.append(literal: #","after":"#)
            try mapping.append(document: record.after, to: &lines)
            lines.append(literal: #","updateDescription":null"#)
        } else {
            try mapping.append(record.before, mapping.debezium.fields, isOld: true, to: &lines)
            lines.append(literal: #","after":"#)
            try mapping.append(record.after, mapping.debezium.fields, isOld: false, to: &lines)
        }
        lines.append(literal: #","source":"#)
        source.append(names, to: &lines)
        appendTail(record.operation, at: now, to: &lines)
        if let header = record.header {
            lines.append(literal: #","headers":{""#)
            lines.append(literal: header.name)
            lines.append(literal: #"":"#)
            try mapping.append(key: header.key, isOld: false, to: &lines)
            lines.append(UInt8(ascii: "}"))
        }
        lines.append(literal: "}\n")
    }

    private func appendTail(_ operation: StaticString, at now: Int64, to lines: inout [UInt8]) {
        lines.append(literal: #","transaction":null,"op":""#)
        lines.append(literal: operation)
        lines.append(literal: #"","ts_ms":"#)
        lines.append(decimal: now / 1000)
        lines.append(literal: #","ts_us":"#)
        lines.append(decimal: now)
        lines.append(literal: #","ts_ns":"#)
        lines.append(decimal: Int128(now) * 1000)
        lines.append(UInt8(ascii: "}"))
    }
}

// Documents.
extension StdoutMapping {
    /// Appends a key: of a document, its `_id` as text.
    fileprivate func append(key row: Row, isOld: Bool, to line: inout [UInt8]) throws(WireError) {
        guard request.schema.isOpen, let field = debezium.keyFields.first else {
            return try append(row, debezium.keyFields, isOld: isOld, to: &line)
        }
        line.append(literal: #"{"id":"#)
        var text: [UInt8] = []
        if row.state(field.column) == .value {
            try field.encoding.append(row.bytes(field.column), to: &text)
        } else {
            text.append(literal: "null")
        }
        line.append(jsonString: text.span)
        line.append(UInt8(ascii: "}"))
    }

    /// Appends a document as Extended JSON in a string, null where there is none.
    fileprivate func append(document row: Row?, to line: inout [UInt8]) throws(WireError) {
        guard let row else { return line.append(literal: "null") }
        var text: [UInt8] = []
        try row.appendJSON(fields.within(row), form: JSONForm(documents: .canonical), to: &text)
        line.append(jsonString: text.span)
    }
}

extension StdoutMapping {
    /// Appends a row as an object, or null where there is none. Of an old row, or where no field is given, what is
    /// unchanged is left out; of a new one it becomes Debezium's placeholder.
    fileprivate func append(
        _ row: Row?, _ fields: [DebeziumField], isOld: Bool, to line: inout [UInt8]
    ) throws(WireError) {
        guard let row, !fields.isEmpty else { return line.append(literal: "null") }
        line.append(UInt8(ascii: "{"))
        var isFirst = true
        for field in fields where field.column < row.count {
            let state = row.state(field.column)
            if state == .missing || isOld && state == .unchanged { continue }
            if !isFirst { line.append(UInt8(ascii: ",")) }
            isFirst = false
            line.append(contentsOf: field.prefix)
            switch state {
            case .null: line.append(literal: "null")
            case .unchanged: field.encoding.appendUnavailable(to: &line)
            case .missing: break
            case .value:
                do {
                    try field.encoding.append(row.bytes(field.column), to: &line)
                } catch {
                    throw error.inColumn(row.schema.columns[field.column].name)
                }
            }
        }
        line.append(UInt8(ascii: "}"))
    }
}

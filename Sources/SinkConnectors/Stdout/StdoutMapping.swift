internal import Change
internal import Connector
internal import Wire

/// Rows of one shape, ready to be printed: names are escaped and columns chosen once.
final class StdoutMapping: RowMapping {
    let request: MappingRequest
    let keyColumns: [Int]
    let neededColumns: [Int]
    let isAppending = true
    let takesSnapshot = true

    /// What is printed of a row.
    let fields: [JSONField]
    /// What is printed of its key: the key's columns as they are printed, without those that are not.
    let keyFields: [JSONField]
    /// The same in Debezium's form.
    let debezium: (fields: [DebeziumField], keyFields: [DebeziumField])

    init(_ request: MappingRequest) {
        self.request = request
        let schema = request.schema
        let identity = schema.columns.indices.filter { schema.columns[$0].isIdentity }
        keyColumns = schema.primaryKey.isEmpty && schema.identity != .full ? identity : schema.primaryKey
        neededColumns = keyColumns
        fields = request.outputs.map { JSONField(name: $0.name, column: $0.column) }
        let keyColumns = keyColumns
        keyFields = fields.filter { keyColumns.contains($0.column) }
        debezium = (
            fields.map { DebeziumField($0, schema.columns[$0.column]) },
            keyFields.map { DebeziumField($0, schema.columns[$0.column]) }
        )
    }

    /// Each row is a line of its own; the key only keeps a row's lines in one lane.
    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        for column in keyColumns {
            key.append(decimal: row.bytes(column).count)
            key.append(UInt8(ascii: ":"))
            key.append(row.bytes(column))
        }
    }

    /// Whether two rows have different keys.
    func keyDiffers(_ row: borrowing Row, _ other: borrowing Row) -> Bool {
        for column in keyColumns where !row.bytes(column).isEqual(to: other.bytes(column)) { return true }
        return false
    }
}

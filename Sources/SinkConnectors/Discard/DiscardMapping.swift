internal import Change
internal import Connector
internal import Wire

/// Rows by the key that their source knows them by.
final class DiscardMapping: RowMapping {
    let request: MappingRequest
    let keyColumns: [Int]
    let neededColumns: [Int]
    /// Rows without an identity cannot fold: each is one of its own.
    let isAppending: Bool

    init(_ request: MappingRequest) {
        self.request = request
        let schema = request.schema
        let identity = schema.columns.indices.filter { schema.columns[$0].isIdentity }
        keyColumns = schema.primaryKey.isEmpty ? identity : schema.primaryKey
        neededColumns = Set(keyColumns).union(request.outputs.map(\.column)).sorted()
        isAppending = keyColumns.isEmpty
    }

    var takesSnapshot: Bool { true }

    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        for column in keyColumns {
            let cell = row.bytes(column)
            key.append(row.state(column).rawValue)
            key.append(decimal: cell.count)
            key.append(UInt8(ascii: ":"))
            key.append(cell)
        }
    }
}

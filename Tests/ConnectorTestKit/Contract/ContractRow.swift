public import Change
public import Connector

/// A row of the table that the contract's checks write: `id` is its key.
public struct ContractRow: Hashable, Sendable {
    public var id: String
    public var name: String?
    public var number: Int

    public init(_ id: String, name: String? = "name", number: Int = 0) {
        self.id = id
        self.name = name
        self.number = number
    }

    /// The table: `id text` as its key, `name text`, `number bigint`, and `later timestamptz`, which is far ahead.
    public static let schema = TableSchema.forTest(
        "contract", columns: [("id", .text), ("name", .text), ("number", .int64), ("later", .timestampWithZone)],
        key: ["id"])

    /// All columns but `later`, under their own names.
    public static let outputs = [
        OutputField(name: "id", column: 0), OutputField(name: "name", column: 1),
        OutputField(name: "number", column: 2),
    ]

    /// What a mapping of the table is compiled from.
    public static func request(name: String = "contract", options: OptionValues) -> MappingRequest {
        MappingRequest(name: name, schema: schema, outputs: outputs, options: options)
    }

    var row: Row { Row(schema: Self.schema, texts: [id, name, "\(number)", "2100-01-01 00:00:00+00"]) }

    /// What is left of a deleted row: the columns that a mapping's key is made of.
    func keyRow(of mapping: any RowMapping) -> Row {
        let whole = row
        var builder = RowBuilder()
        for column in 0..<whole.count {
            if column == 0 || mapping.keyColumns.contains(column) {
                builder.append(cell: column, of: whole)
            } else {
                builder.appendUnchanged()
            }
        }
        return builder.row(schema: Self.schema)
    }
}

/// One write of the contract's table.
public struct ContractWrite: Hashable, Sendable {
    public var row: ContractRow
    public var commit: UInt64
    public var isDelete: Bool

    public static func upsert(_ row: ContractRow, at commit: UInt64) -> ContractWrite {
        ContractWrite(row: row, commit: commit, isDelete: false)
    }

    public static func delete(_ id: String, at commit: UInt64) -> ContractWrite {
        ContractWrite(row: ContractRow(id), commit: commit, isDelete: true)
    }

    public static func version(_ commit: UInt64) -> Version { Version(epoch: 1, commit: commit, window: 0) }

    public func sinkWrite(_ mapping: any RowMapping) -> SinkWrite {
        SinkWrite(
            mapping: mapping, action: isDelete ? .delete : .upsert, row: isDelete ? row.keyRow(of: mapping) : row.row,
            version: Self.version(commit), position: Position(commit: commit), kind: isDelete ? .delete : .update,
            committedAt: Int64(commit % 1_000_000) * 1_000_000, transaction: commit)
    }
}

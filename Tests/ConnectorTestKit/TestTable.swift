public import Change

extension TableSchema {
    /// A table for tests: columns of `(name, type)`, of which those in `key` are the primary key and the identity.
    public static func forTest(
        _ name: String = "things", id: UInt64 = 1, columns: [(String, DataType)], key: [String],
        identity: ReplicaIdentity = .primaryKey
    ) -> TableSchema {
        TableSchema(
            id: id, table: TableName(namespace: "public", name: name),
            columns: columns.map { name, type in
                Column(
                    name: name, type: type, sourceType: "\(type)", isIdentity: identity == .full || key.contains(name))
            },
            identity: identity, primaryKey: key.compactMap { name in columns.firstIndex { $0.0 == name } })
    }
}

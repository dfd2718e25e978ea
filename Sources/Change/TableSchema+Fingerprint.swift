internal import Wire

extension TableSchema {
    static func fingerprint(
        id: UInt64, table: TableName, columns: [Column], identity: ReplicaIdentity, key: [Int],
        isOpen: Bool
    ) -> UInt64 {
        var text = "\(id)\u{0}\(table.namespace)\u{0}\(table.name)\u{0}\(identity)\u{0}\(key)"
        if isOpen { text += "\u{0}open" }
        for column in columns {
            text += "\u{0}\(column.name)\u{0}\(column.sourceType)\u{0}\(column.type)\u{0}\(column.isIdentity)"
        }
        let bytes = Array(text.utf8)
        return Hash64.of(bytes.span)
    }
}

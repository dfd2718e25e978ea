internal import Change
internal import Wire

/// A Relation message.
struct RelationDescription {
    struct Column {
        var name: String
        var type: UInt32
        var modifier: Int32
        var isIdentity: Bool
    }

    var oid: UInt32
    var table: TableName
    /// `d`, `n`, `f` or `i`, as in `pg_class.relreplident`.
    var identity: UInt8
    var columns: [Column]

    init(_ message: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(message, from: 1)
        oid = try reader.readUInt32()
        let namespace = try reader.readCString()
        // The catalog's own schema is sent as an empty name.
        table = TableName(namespace: namespace.isEmpty ? "pg_catalog" : namespace, name: try reader.readCString())
        identity = try reader.readUInt8()
        guard [UInt8(ascii: "d"), UInt8(ascii: "n"), UInt8(ascii: "f"), UInt8(ascii: "i")].contains(identity) else {
            throw .malformed("table: it has the unknown replica identity \(identity)")
        }
        columns = []
        for _ in 0..<(try reader.readUInt16()) {
            let flags = try reader.readUInt8()
            let name = try reader.readCString()
            let type = try reader.readUInt32()
            let modifier = Int32(bitPattern: try reader.readUInt32())
            columns.append(Column(name: name, type: type, modifier: modifier, isIdentity: flags & 1 != 0))
        }
        guard reader.remaining == 0 else { throw .malformed("message: it goes on after its end") }
    }

    func schema(_ catalog: TypeCatalog, _ facts: RelationFacts) -> TableSchema {
        TableSchema(
            id: UInt64(oid), table: table,
            columns: columns.map { column in
                .init(
                    name: column.name, type: catalog.meaning(of: column.type, modifier: column.modifier),
                    sourceType: catalog.sourceType(of: column.type, modifier: column.modifier),
                    isIdentity: column.isIdentity)
            },
            identity: replicaIdentity(facts), primaryKey: primaryKey(facts))
    }

    private func replicaIdentity(_ facts: RelationFacts) -> ReplicaIdentity {
        switch identity {
        case UInt8(ascii: "d"): .primaryKey
        case UInt8(ascii: "i"): .index(facts.identityIndex ?? "")
        case UInt8(ascii: "f"): .full
        default: .nothing
        }
    }

    /// The message marks the identity's columns, in the table's order, and with FULL all of them. The catalog knows
    /// the key and its order, but as of now: where both speak of the primary key, the message decides which columns.
    private func primaryKey(_ facts: RelationFacts) -> [Int] {
        let places = facts.primaryKey.compactMap { name in columns.firstIndex { $0.name == name } }
        let isWhole = places.count == facts.primaryKey.count
        guard identity == UInt8(ascii: "d") else { return isWhole ? places : [] }
        let marked = columns.indices.filter { columns[$0].isIdentity }
        return isWhole && places.sorted() == marked ? places : marked
    }
}

public import Change
internal import Wire

/// The documents of a collection as a source would give them: an open schema of the fields seen, and rows.
public struct SampleCollection: Sendable {
    public let schema: TableSchema

    /// A collection whose fields were seen in this order; `_id` is first in any case.
    public init(_ fields: [String], name: String = "products", identity: ReplicaIdentity = .primaryKey) {
        let names = ["_id"] + fields.filter { $0 != "_id" }
        schema = TableSchema(
            id: 1, table: TableName(namespace: "shop", name: name),
            columns: names.map {
                Column(name: $0, type: .bson, sourceType: "bson", isIdentity: identity == .full || $0 == "_id")
            }, identity: identity, primaryKey: [0], isOpen: true)
    }

    /// The row of a document; what it does not have is missing, and what it has beyond the schema is left out.
    public func row(_ document: BSONSample) throws -> Row {
        var slots = Array(repeating: CellSlot.missing, count: schema.columns.count)
        let bytes = document.bytes
        var elements = try BSONDocument(bytes.span).elements
        while try elements.advance() {
            let name = String(decoding: elements.name)
            guard
                let column = schema.columns.indices.first(where: {
                    schema.columns[$0].name == name && slots[$0].state == .missing
                })
            else { continue }
            slots[column] =
                elements.type == .null
                ? .null : CellSlot(offset: elements.range.lowerBound, length: elements.range.count)
        }
        return Row(schema: schema, bytes: bytes, slots: slots, firstSlot: 0)
    }

    /// The row of a delete: only the key is known.
    public func deleted(_ id: BSONSample) -> Row {
        var builder = RowBuilder()
        builder.append(id.element("_id").span)
        for _ in 1..<schema.columns.count { builder.appendUnchanged() }
        return builder.row(schema: schema)
    }
}

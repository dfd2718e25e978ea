/// A message that an application wrote into the source's log.
///
/// It travels as a change of kind `message` whose schema is ``schema``: the prefix, and the content in the text form of
/// `bytes`. It belongs to no table and has no key.
public enum LogicalMessage {
    public static let prefixColumn = 0
    public static let contentColumn = 1

    /// What messages are counted under, beside tables.
    public static let table = TableName(namespace: "", name: "messages")

    public static let schema = TableSchema(
        id: 0, table: table,
        columns: [
            Column(name: "prefix", type: .text, sourceType: "text", isIdentity: false),
            Column(name: "content", type: .bytes, sourceType: "bytea", isIdentity: false),
        ], identity: .nothing, primaryKey: [])
}

extension TableSchema {
    /// Whether rows of this shape are messages.
    public var isOfMessages: Bool { table == LogicalMessage.table }
}

extension ChangeBatch {
    /// The prefix and content of a message.
    ///
    /// - Precondition: the change is of kind `message`.
    public func message(_ change: Change) -> Row {
        precondition(change.kind == .message, "only messages have a prefix and content")
        return Row(schema: schemas[Int(change.schema)], bytes: bytes, slots: slots, firstSlot: Int(change.newSlot))
    }
}

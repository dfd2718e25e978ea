public import Change

/// A table's name as it is spoken over the socket.
public struct TableReference: Codable, Sendable, Hashable {
    public var namespace: String
    public var name: String

    /// - Parameter table: the name to speak of.
    public init(_ table: TableName) {
        namespace = table.namespace
        name = table.name
    }

    /// The name spoken of.
    public var table: TableName { TableName(namespace: namespace, name: name) }
}

/// The name of a table or collection within its database.
public struct TableName: Hashable, Sendable, Comparable {
    public var namespace: String
    public var name: String

    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    public static func < (left: TableName, right: TableName) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

extension TableName: CustomStringConvertible {
    /// `namespace.name`, for people; never used to build a query.
    public var description: String { namespace.isEmpty ? name : "\(namespace).\(name)" }
}

/// One column of a table.
public struct Column: Hashable, Sendable {
    public var name: String
    public var type: DataType
    /// The source's own name for the type, such as `numeric(10,2)`.
    public var sourceType: String
    /// Whether the replica identity carries the column: only such columns are known of a deleted row.
    public var isIdentity: Bool

    public init(name: String, type: DataType, sourceType: String, isIdentity: Bool) {
        self.name = name
        self.type = type
        self.sourceType = sourceType
        self.isIdentity = isIdentity
    }
}

/// What the source publishes of a row's old state.
public enum ReplicaIdentity: Hashable, Sendable {
    /// The columns of the primary key.
    case primaryKey
    /// The columns of a unique index, named.
    case index(String)
    /// Every column.
    case full
    /// Nothing: updates and deletes cannot be replicated.
    case nothing
}

/// The shape of a table's rows at one time. Immutable: a change of the table makes a new schema.
public final class TableSchema: Sendable {
    /// The source's own identity of the table, which survives a rename and does not survive a re-creation.
    public let id: UInt64
    public let table: TableName
    public let columns: [Column]
    /// The columns' types alone: a type is read without touching the names beside it.
    public let types: [DataType]
    public let identity: ReplicaIdentity
    /// Indices of the primary key's columns, in key order; empty for a table without one.
    public let primaryKey: [Int]
    /// Whether rows may have fields that no column stands for yet: so it is with the documents of a collection.
    ///
    /// The columns are then `_id` and, each of type ``DataType/bson``, the top-level fields that were seen so far; a new
    /// one makes a new schema. A field that a document repeats has a column for each time, and its name means the first.
    /// A name that is no column yet is no mistake: what it names is missing from every row of this schema.
    public let isOpen: Bool
    /// Changes exactly when name, columns, types or identity do; equal in every run.
    public let fingerprint: UInt64

    public init(
        id: UInt64, table: TableName, columns: [Column], identity: ReplicaIdentity, primaryKey: [Int],
        isOpen: Bool = false
    ) {
        self.id = id
        self.table = table
        self.columns = columns
        types = columns.map(\.type)
        self.identity = identity
        self.primaryKey = primaryKey
        self.isOpen = isOpen
        fingerprint = Self.fingerprint(
            id: id, table: table, columns: columns, identity: identity, key: primaryKey, isOpen: isOpen)
    }

    /// The place of a column by name.
    public func index(of column: String) -> Int? {
        columns.firstIndex { $0.name == column }
    }

    /// Whether the identity carries every one of these columns.
    public func identityCovers(_ indices: some Sequence<Int>) -> Bool {
        identity == .full || indices.allSatisfy { columns[$0].isIdentity }
    }
}

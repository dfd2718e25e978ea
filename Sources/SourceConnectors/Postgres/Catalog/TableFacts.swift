internal import Change
internal import PostgresClient

/// What the catalog says of one table.
struct TableFacts: Sendable {
    /// One column, in the order of the table.
    struct ColumnFacts: Sendable {
        var number: Int
        var name: String
        var type: UInt32
        var modifier: Int32
        /// What a literal is cast to so that it compares with the column: the type without a modifier.
        var castName: String
        var isGenerated: Bool
    }

    enum Kind: String, Sendable {
        case ordinary = "r"
        case partitioned = "p"
        case view = "v"
        case materializedView = "m"
        case foreign = "f"
        case other
    }

    var id: UInt32
    var table: TableName
    var kind: Kind
    var isPermanent: Bool
    var isPartition: Bool
    var identity: ReplicaIdentity
    var hasRowSecurity: Bool
    var maySelect: Bool
    var isOwned: Bool
    var rowsEstimated: Int
    var bytesEstimated: Int
    /// Changes when the table is written anew: the files of the table or of all its partitions.
    var storage: String
    var columns: [ColumnFacts]
    /// Column numbers in key order.
    var primaryKey: [Int]
    /// Column numbers of the identity's index, in its order; empty without one.
    var identityIndex: [Int]

    /// Whether an update or a delete of the table can be published without breaking the application.
    var canPublishUpdates: Bool {
        switch identity {
        case .primaryKey, .index: !identityIndex.isEmpty
        case .full: true
        case .nothing: false
        }
    }

    /// Whether the stream covers the table.
    var isCoverable: Bool { (kind == .ordinary || kind == .partitioned) && isPermanent }

    /// The numbers of the columns that the old row of an update or delete gives.
    var identityColumns: Set<Int> {
        switch identity {
        case .full: Set(columns.map(\.number))
        case .nothing: []
        case .primaryKey, .index: Set(identityIndex)
        }
    }
}

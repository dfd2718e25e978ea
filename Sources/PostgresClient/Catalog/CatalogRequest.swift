/// What the decoder has to know of the catalog before it can read a Relation message.
public struct CatalogRequest: Sendable, Equatable {
    /// The table's OID.
    public var relation: UInt32
    /// OIDs of types that are not known yet.
    public var types: [UInt32]

    public init(relation: UInt32, types: [UInt32]) {
        self.relation = relation
        self.types = types
    }
}

/// What the catalog said to a ``CatalogRequest``.
public struct CatalogAnswer: Sendable, Equatable {
    public var request: CatalogRequest
    public var facts: RelationFacts
    /// The requested types that still exist, and every type they are made of.
    public var types: [PostgresType]

    public init(request: CatalogRequest, facts: RelationFacts, types: [PostgresType]) {
        self.request = request
        self.facts = facts
        self.types = types
    }
}

/// What a Relation message leaves out about its table.
public struct RelationFacts: Sendable, Equatable {
    /// The primary key's columns, in key order; empty where there is none or the table is gone.
    public var primaryKey: [String]
    /// The index that REPLICA IDENTITY USING INDEX names; nil otherwise.
    public var identityIndex: String?

    public init(primaryKey: [String] = [], identityIndex: String? = nil) {
        self.primaryKey = primaryKey
        self.identityIndex = identityIndex
    }
}

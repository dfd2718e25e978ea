internal import Change

/// A table as the decoder knows it: what a Relation message said, and where its schema stands in the current batch.
struct DecodedRelation {
    var schema: TableSchema
    /// Which columns the identity's old tuples carry.
    var isIdentityColumn: [Bool]
    /// Index of the schema in the batch whose number is `batch`.
    var schemaIndex: UInt32 = 0
    var batch: UInt64 = .max
    /// When the relation was last used: the decoder's count of uses then.
    var lastUse: UInt64

    init(schema: TableSchema, lastUse: UInt64) {
        self.schema = schema
        self.lastUse = lastUse
        isIdentityColumn = schema.columns.map(\.isIdentity)
    }
}

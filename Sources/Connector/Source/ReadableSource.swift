public import Change

/// A source that can be read by key, beside its stream.
public protocol ReadableSource: Sendable {
    /// The current schema of each of these tables.
    ///
    /// - Throws: ``ConfigurationErrors`` that name every table which does not exist, with the nearest that does.
    func describe(_ tables: [TableName]) async throws -> [TableSchema]

    /// Reads rows by key as they are now, not before the transactions that asked for it are visible.
    func lookup(_ request: LookupRequest) async throws -> LookupResult
}

/// Which rows to read again.
public struct LookupRequest: Sendable {
    public var schema: TableSchema
    /// The columns that the keys give values for.
    public var keyColumns: [Int]
    /// One list of cell texts for each key, in the order of `keyColumns`.
    public var keys: [[String]]
    /// The transactions that must be visible to the read, by ``Change/Transaction/id``.
    public var transactions: [UInt64]

    public init(schema: TableSchema, keyColumns: [Int], keys: [[String]], transactions: [UInt64]) {
        self.schema = schema
        self.keyColumns = keyColumns
        self.keys = keys
        self.transactions = transactions
    }
}

/// The rows of each key, in the order of the request's keys; no row where the source has none.
public struct LookupResult: Sendable {
    public var rows: [[Row]]

    public init(rows: [[Row]]) {
        self.rows = rows
    }
}

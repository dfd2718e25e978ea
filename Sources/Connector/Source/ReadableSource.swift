public import Change
public import Wire

/// A source that can be read by key, beside its stream.
public protocol ReadableSource: Sendable {
    /// The current schema of each of these tables.
    ///
    /// - Throws: ``ConfigurationErrors`` that name every table which does not exist, with the nearest that does.
    func describe(_ tables: [TableName]) async throws -> [TableSchema]

    /// Reads rows by key as they are now, not before the transactions that asked for it are visible.
    ///
    /// By a path, more rows may come than the key means: those whose value there equals the key's in the source's eyes.
    func lookup(_ request: LookupRequest) async throws -> LookupResult

    /// Waits until every transaction that has begun by now is over, so that what has committed by now is visible.
    func waitForEarlierTransactions() async throws

    /// How many rows each key has, in the order of the request's keys; as new as those of ``lookup(_:)``.
    func count(_ request: LookupRequest) async throws -> [Int]

    /// Reads a part of the rows that have any of the keys, by ascending primary key; as new as those of ``lookup(_:)``.
    ///
    /// - Parameters:
    ///   - request: without parts and with one empty key for all rows of the table, which has a primary key.
    ///   - after: where the part begins, as ``LookupPart/next`` of the one before; nil for the first.
    ///   - rowsMax: how many rows the part has at the most, where the source can read in parts.
    func lookupPart(_ request: LookupRequest, after: [String]?, rowsMax: Int) async throws -> LookupPart

    /// What to run at the source so that rows of a table are found by these columns without reading all of it; nil where
    /// nothing is missing.
    ///
    /// - Parameter columns: of documents also fields within them, with dots between their names.
    func missingIndex(on columns: [String], of table: TableName) async throws -> String?
}

extension ReadableSource {
    /// What has committed is visible.
    public func waitForEarlierTransactions() async throws {}

    /// Reads the rows and counts them.
    public func count(_ request: LookupRequest) async throws -> [Int] { try await lookup(request).rows.map(\.count) }

    /// A source that does not tell has nothing to say.
    public func missingIndex(on columns: [String], of table: TableName) async throws -> String? { nil }

    /// Reads everything as one part.
    public func lookupPart(_ request: LookupRequest, after: [String]?, rowsMax: Int) async throws -> LookupPart {
        LookupPart(rows: try await lookup(request).rows.flatMap(\.self), next: nil)
    }
}

/// A part of the rows that have any of some keys.
public struct LookupPart: Sendable {
    public var rows: [Row]
    /// The primary key after which the next part begins; nil where there is none.
    public var next: [String]?

    public init(rows: [Row], next: [String]?) {
        self.rows = rows
        self.next = next
    }
}

/// Which rows to read again.
public struct LookupRequest: Sendable {
    /// One part of a key: a column, or what a path into its document leads to.
    public struct Part: Hashable, Sendable {
        public var column: Int
        /// Empty for the whole column.
        public var path: BSONPath

        public init(column: Int, path: BSONPath = BSONPath([])) {
            self.column = column
            self.path = path
        }
    }

    public var schema: TableSchema
    /// What the keys give values for. Only an open schema has paths.
    public var parts: [Part]
    /// One list of cell texts for each key, in the order of `parts`.
    public var keys: [[String]]
    /// The transactions that must be visible to the read, by ``Change/Transaction/id``.
    public var transactions: [UInt64]
    /// Whether a key means every value that has the same text in a sink's key: the text 7 and the number, a hexadecimal
    /// text and the ObjectId. Only documents have such.
    public var meansKeyText = false
    /// The columns whose cells are wanted, all when nil; a source may leave the others unchanged.
    public var wanted: Set<Int>?

    public init(schema: TableSchema, parts: [Part], keys: [[String]], transactions: [UInt64]) {
        self.schema = schema
        self.parts = parts
        self.keys = keys
        self.transactions = transactions
    }

    /// A request by whole columns.
    public init(schema: TableSchema, keyColumns: [Int], keys: [[String]], transactions: [UInt64]) {
        self.init(schema: schema, parts: keyColumns.map { Part(column: $0) }, keys: keys, transactions: transactions)
    }
}

extension LookupRequest.Part {
    /// The value that a row has there, as keys give it; nil where it has none.
    public func text(of row: Row) -> String? {
        guard row.schema.types[column] == .bson else { return row.text(column) }
        if path.steps.isEmpty { return row.state(column) == .null ? "null" : row.text(column) }
        guard row.state(column) == .value else { return nil }
        do throws(WireError) {
            let cell = row.bytes(column)
            guard let place = try path.place(from: BSONPlace(element: cell), in: cell) else { return nil }
            var text: [UInt8] = []
            try text.append(bson: place.value(in: cell), as: .canonical)
            return String(decoding: text, as: UTF8.self)
        } catch {
            return nil
        }
    }
}

/// The rows of each key, in the order of the request's keys; no row where the source has none.
public struct LookupResult: Sendable {
    public var rows: [[Row]]

    public init(rows: [[Row]]) {
        self.rows = rows
    }
}

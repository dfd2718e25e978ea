/// What a query gave, whole. For catalog queries and re-reads of few rows; large reads go through COPY.
///
/// An answer of more than the session allows is refused, except where a single row is larger.
public struct QueryResult: Sendable, Equatable {
    /// One column of a result.
    public struct Column: Sendable, Equatable {
        public var name: String
        /// The type's OID.
        public var type: UInt32
        /// The type modifier; -1 for none.
        public var modifier: Int32
    }

    public var columns: [Column]
    /// The rows' values in text form; nil is null.
    public var rows: [[String?]]
    /// How many rows the command touched, where it says so.
    public var affectedRows: Int

    /// The only value of a result of one row and one column; nil where it is null or there is none.
    public var scalar: String? { rows.first?.first ?? nil }

    /// The place of a column by name.
    public func index(of name: String) -> Int? {
        columns.firstIndex { $0.name == name }
    }

    /// The values of a column by name, top to bottom; empty where there is no such column.
    public subscript(column name: String) -> [String?] {
        guard let index = index(of: name) else { return [] }
        return rows.map { $0[index] }
    }

    /// How many bytes an answer may take in memory, where the session's settings say nothing else.
    public static let bytesMax = 256 << 20

    /// What a row takes: a row without a byte in it takes something.
    static func cost(of row: [String?]) -> Int { row.reduce(64) { $0 + 32 + ($1?.utf8.count ?? 0) } }
}

internal import Wire

/// A column as a member of a JSON object: its name is escaped once, not once for each row.
public struct JSONField: Sendable {
    /// The name as a JSON string with the colon after it: `"unit price":`.
    public let prefix: [UInt8]
    /// The column's index in the row's schema.
    public let column: Int

    public init(name: String, column: Int) {
        var prefix: [UInt8] = []
        prefix.append(jsonString: name)
        prefix.append(UInt8(ascii: ":"))
        self.prefix = prefix
        self.column = column
    }

    /// All columns of a schema under their own names.
    public static func all(of schema: TableSchema) -> [JSONField] {
        schema.columns.enumerated().map { JSONField(name: $1.name, column: $0) }
    }
}

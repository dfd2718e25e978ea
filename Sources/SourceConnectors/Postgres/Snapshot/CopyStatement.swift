internal import PostgresClient

/// The statement that reads a chunk's rows.
enum CopyStatement {
    /// - Parameters:
    ///   - filter: The publication's row filter, as the server prints it.
    ///   - range: The chunk's condition.
    static func text(
        _ facts: TableFacts, columns: [String], filter: String?, range: String?
    ) throws -> String {
        let list = try columns.map { try Quoting.quoted(identifier: $0) }.joined(separator: ", ")
        let conditions = [filter, range].compactMap { $0 }.map { "(\($0))" }
        let condition = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return "COPY (SELECT \(list) FROM \(try facts.from())\(condition)) TO STDOUT"
    }
}

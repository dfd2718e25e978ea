internal import Connector

/// What one statement of a query answered: rows of values under the names of columns.
struct QueryTable: Sendable {
    var columns: [String] = []
    var rows: [[JSONValue]] = []

    /// The place of a column by name.
    func index(of column: String) -> Int? { columns.firstIndex(of: column) }

    /// The tables of a query's answer, one for each statement; the series of one follow each other in it.
    ///
    /// - Throws: ``MillraceError`` where a statement failed, or the answer is none of a query.
    static func tables(_ answer: JSONValue, doing: String) throws(MillraceError) -> [QueryTable] {
        guard let results = answer["results"]?.array else {
            throw MillraceError(.sinkUnavailable, "\(doing): the answer is none of a query")
        }
        var tables: [QueryTable] = []
        for result in results {
            if let message = result["error"]?.text {
                throw InfluxDBAnswers.rejection(ofQuery: message, doing: doing)
            }
            var table = QueryTable()
            for series in result["series"]?.array ?? [] {
                table.columns = (series["columns"]?.array ?? []).map { $0.text ?? "" }
                for row in series["values"]?.array ?? [] {
                    guard let values = row.array, values.count == table.columns.count else {
                        throw MillraceError(.sinkUnavailable, "\(doing): the answer is none of a query")
                    }
                    table.rows.append(values)
                }
            }
            tables.append(table)
        }
        return tables
    }
}

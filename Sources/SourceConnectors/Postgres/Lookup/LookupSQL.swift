internal import Change
internal import Connector
internal import PostgresClient

/// The part of a re-read that finds rows. Its first column is the key's number, from one.
struct LookupSQL {
    let table: LookupTable
    let schema: TableSchema
    /// The values of the parameters from the third on.
    private(set) var parameters: [String?] = []

    /// The keys as a table, and how a row equals one.
    struct Keys {
        var from: String
        var condition: String
    }

    init(table: LookupTable, schema: TableSchema) {
        self.table = table
        self.schema = schema
    }

    /// The keys of a request; nil where it asks for every row.
    mutating func keys(_ request: LookupRequest) throws -> Keys? {
        guard !request.parts.isEmpty else { return nil }
        var arrays: [String] = []
        var conditions: [String] = []
        for (index, part) in request.parts.enumerated() {
            let (name, cast) = try column(part.column)
            arrays.append("\(parameter(ArrayLiteral.text(request.keys.map { $0[index] })))::\(cast)[]")
            conditions.append("t.\(name) = k.c\(index)")
        }
        let aliases = arrays.indices.map { "c\($0)" }.joined(separator: ", ")
        return Keys(
            from: "unnest(\(arrays.joined(separator: ", "))) WITH ORDINALITY AS k (\(aliases), millrace_place)",
            condition: conditions.joined(separator: " AND "))
    }

    func rows(_ columns: [String], of keys: Keys?) -> String {
        guard let keys else { return "SELECT \((["1"] + columns).joined(separator: ", ")) FROM \(table.from) t" }
        return """
            SELECT \((["k.millrace_place"] + columns).joined(separator: ", "))
            FROM \(keys.from) JOIN \(table.from) t ON \(keys.condition)
            """
    }

    func counts(of keys: Keys?) -> String {
        guard let keys else { return "SELECT 1, count(*) FROM \(table.from) t" }
        return """
            SELECT k.millrace_place, count(*)
            FROM \(keys.from) JOIN \(table.from) t ON \(keys.condition) GROUP BY 1
            """
    }

    /// The keys are looked up before anything is sorted: a plan that walks the primary key until enough rows have turned up
    /// would read the whole table for a few.
    mutating func part(_ columns: [String], of keys: Keys?, after: [String]?, rowsMax: Int) throws -> String {
        let key = try schema.primaryKey.map { try column($0) }
        guard !key.isEmpty else {
            throw MillraceError(
                .invariant, "a table without a primary key is not read in parts", place: "\(schema.table)")
        }
        var bound = ""
        if let after {
            let values = zip(key, after).map { column, value in "\(parameter(value))::\(column.cast)" }
            bound = "(\(key.map { "t.\($0.name)" }.joined(separator: ", "))) > (\(values.joined(separator: ", ")))"
        }
        let list = (["1"] + columns).joined(separator: ", ")
        let order = key.map { "t.\($0.name)" }.joined(separator: ", ")
        guard let keys else {
            let condition = bound.isEmpty ? "" : "WHERE \(bound)"
            return "SELECT \(list) FROM \(table.from) t \(condition) ORDER BY \(order) LIMIT \(rowsMax)"
        }
        let condition = keys.condition + (bound.isEmpty ? "" : " AND \(bound)")
        let names = key.map(\.name).joined(separator: ", ")
        return """
            WITH found AS MATERIALIZED (
                SELECT DISTINCT \(order) FROM \(keys.from) JOIN \(table.from) t ON \(condition)),
            part AS MATERIALIZED (SELECT * FROM found ORDER BY \(names) LIMIT \(rowsMax))
            SELECT \(list) FROM part JOIN \(table.from) t USING (\(names))
            ORDER BY \(order)
            """
    }

    private mutating func parameter(_ value: String?) -> String {
        parameters.append(value)
        return "$\(parameters.count + 2)"
    }

    /// A column's quoted name, and what its values are cast to.
    private func column(_ column: Int) throws -> (name: String, cast: String) {
        let name = schema.columns[column].name
        guard let cast = table.casts[name] else {
            throw MillraceError(
                .sourceRejected, "a column of the key does not exist any more", place: "\(schema.table)")
        }
        return (try Quoting.quoted(identifier: name), cast)
    }
}

internal import Change
internal import Connector
internal import PostgresClient

/// The statement that reads rows by key and says in the same breath whether they are new enough.
struct LookupStatement {
    let text: String
    let parameters: [String?]
    private let schema: TableSchema
    /// Which columns of the schema the table still has.
    private let present: [Bool]
    private let keyCount: Int

    /// What one execution gave.
    enum Outcome {
        case rows(LookupResult)
        /// A transaction that the request asks for is not visible yet.
        case tooEarly
        /// The name belongs to another table now.
        case renamed
        case standby
    }

    /// - Throws: ``MillraceError`` when the table has lost a key column.
    init(_ request: LookupRequest, of table: LookupTable) throws {
        self.schema = request.schema
        keyCount = request.keys.count
        let schema = request.schema
        present = schema.columns.map { table.casts[$0.name] != nil }
        let keys = request.parts.map { schema.columns[$0.column].name }
        var arrays: [String] = []
        var conditions: [String] = []
        for (index, key) in keys.enumerated() {
            guard let cast = table.casts[key] else {
                throw MillraceError(
                    .sourceRejected, "a column of the key does not exist any more", place: "\(schema.table)")
            }
            arrays.append("$\(index + 3)::\(cast)[]")
            conditions.append("t.\(try Quoting.quoted(identifier: key)) = k.c\(index)")
        }
        let columns = try schema.columns.filter { table.casts[$0.name] != nil }.map { column in
            "t.\(try Quoting.quoted(identifier: column.name))"
        }
        let aliases = keys.indices.map { "c\($0)" }.joined(separator: ", ")
        text = """
            SELECT v.visible, v.same, v.standby, r.*
            FROM (SELECT
                    (SELECT COALESCE(bool_and(pg_visible_in_snapshot(x, pg_current_snapshot())), true)
                        FROM unnest($1::xid8[]) x) AS visible,
                    COALESCE(to_regclass(\(try Quoting.quoted(literal: table.name)))::oid = $2::oid, false) AS same,
                    pg_is_in_recovery() AS standby) v
            LEFT JOIN LATERAL (
                SELECT \((["k.millrace_place"] + columns).joined(separator: ", "))
                FROM unnest(\(arrays.joined(separator: ", "))) WITH ORDINALITY AS k (\(aliases), millrace_place)
                JOIN \(table.from) t ON \(conditions.joined(separator: " AND "))
            ) r ON true
            """
        parameters =
            ["{\(request.transactions.filter { $0 != 0 }.map(String.init).joined(separator: ","))}", String(schema.id)]
            + keys.indices.map { column in ArrayLiteral.text(request.keys.map { $0[column] }) }
    }

    /// Reads what an execution gave.
    func outcome(_ result: QueryResult) throws -> Outcome {
        guard let first = result.rows.first, first.count >= 4 else { throw CatalogError.noRow("re-read") }
        var cells = CellReader(first)
        let isVisible = try cells.boolean()
        let isSame = try cells.boolean()
        if try cells.boolean() { return .standby }
        guard isSame else { return .renamed }
        guard isVisible else { return .tooEarly }
        var rows = [[Row]](repeating: [], count: keyCount)
        for row in result.rows {
            guard let place = row[3].flatMap({ Int($0) }) else { continue }
            guard (1...keyCount).contains(place) else { throw CatalogError.unexpectedValue(column: 3) }
            rows[place - 1].append(self.row(row))
        }
        return .rows(LookupResult(rows: rows))
    }

    private func row(_ cells: [String?]) -> Row {
        var builder = RowBuilder()
        var next = 4
        for isPresent in present {
            guard isPresent else {
                builder.appendUnchanged()
                continue
            }
            if let text = cells[next] { builder.append(text) } else { builder.appendNull() }
            next += 1
        }
        return builder.row(schema: schema)
    }
}

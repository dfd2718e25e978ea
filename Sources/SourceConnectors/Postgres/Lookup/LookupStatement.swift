internal import Change
internal import Connector
internal import PostgresClient

/// The statement that reads rows by key and says in the same breath whether they are new enough.
struct LookupStatement {
    /// What is read.
    enum Form {
        /// The rows of each key.
        case rows
        /// How many rows each key has.
        case counts
        /// So many rows that have any of the keys, by ascending primary key, after this one.
        case part(after: [String]?, rowsMax: Int)
    }

    let text: String
    let parameters: [String?]
    private let schema: TableSchema
    private let form: Form
    /// Which columns of the schema are read: those that are wanted and that the table still has.
    private let present: [Bool]
    private let keyCount: Int

    /// What one execution gave.
    enum Outcome {
        case answer(Answer)
        /// A transaction that the request asks for is not visible yet.
        case tooEarly
        /// The rows of so many keys are more than is read at once.
        case tooLarge
        /// The name belongs to another table now.
        case renamed
        case standby
    }

    /// By key; of a part, all stands under the first.
    enum Answer {
        case rows([[Row]])
        case counts([Int])
    }

    /// - Throws: ``MillraceError`` when the table has lost a key column.
    init(_ request: LookupRequest, _ form: Form = .rows, of table: LookupTable) throws {
        schema = request.schema
        self.form = form
        keyCount = request.keys.count
        let schema = request.schema
        present = schema.columns.indices.map { column in
            table.casts[schema.columns[column].name] != nil && request.wanted?.contains(column) ?? true
        }
        let columns = try zip(schema.columns, present).filter(\.1).map { column, _ in
            "t.\(try Quoting.quoted(identifier: column.name))"
        }
        var builder = LookupSQL(table: table, schema: schema)
        let keys = try builder.keys(request)
        let found =
            switch form {
            case .rows: builder.rows(columns, of: keys)
            case .counts: builder.counts(of: keys)
            case .part(let after, let rowsMax): try builder.part(columns, of: keys, after: after, rowsMax: rowsMax)
            }
        text = """
            SELECT v.visible, v.same, v.standby, r.*
            FROM (SELECT
                    (SELECT COALESCE(bool_and(pg_visible_in_snapshot(x, pg_current_snapshot())), true)
                        FROM unnest($1::xid8[]) x) AS visible,
                    COALESCE(to_regclass(\(try Quoting.quoted(literal: table.name)))::oid = $2::oid, false) AS same,
                    pg_is_in_recovery() AS standby) v
            LEFT JOIN LATERAL (
                \(found)
            ) r ON true
            """
        parameters =
            ["{\(request.transactions.filter { $0 != 0 }.map(String.init).joined(separator: ","))}", String(schema.id)]
            + builder.parameters
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
        var counts = [Int](repeating: 0, count: keyCount)
        for row in result.rows {
            guard let place = row[3].flatMap({ Int($0) }) else { continue }
            guard (1...keyCount).contains(place) else { throw CatalogError.unexpectedValue(column: 3) }
            switch form {
            case .counts:
                guard let count = row[4].flatMap({ Int($0) }) else { throw CatalogError.unexpectedValue(column: 4) }
                counts[place - 1] = count
            case .rows, .part: rows[place - 1].append(self.row(row))
            }
        }
        if case .counts = form { return .answer(.counts(counts)) }
        return .answer(.rows(rows))
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

import Change
import Connector

@testable import Transforms

/// A table with a column of every type that expressions know.
enum Orders {
    static let schema = TableSchema(
        id: 7, table: TableName(namespace: "public", name: "orders"),
        columns: [
            Column(name: "id", type: .int64, sourceType: "bigint", isIdentity: true),
            Column(name: "status", type: .text, sourceType: "text", isIdentity: false),
            Column(
                name: "total", type: .decimal(precision: 10, scale: 2), sourceType: "numeric(10,2)", isIdentity: false),
            Column(name: "ratio", type: .float64, sourceType: "double precision", isIdentity: false),
            Column(name: "is_paid", type: .boolean, sourceType: "boolean", isIdentity: false),
            Column(name: "created_at", type: .timestamp, sourceType: "timestamp without time zone", isIdentity: false),
            Column(
                name: "seen_at", type: .timestampWithZone, sourceType: "timestamp with time zone", isIdentity: false),
            Column(name: "day", type: .date, sourceType: "date", isIdentity: false),
            Column(name: "code", type: .text, sourceType: "character(5)", isIdentity: false),
            Column(name: "data", type: .json, sourceType: "jsonb", isIdentity: false),
            Column(name: "token", type: .uuid, sourceType: "uuid", isIdentity: true),
            Column(
                name: "mood", type: .enumeration(labels: ["sad", "ok", "happy"]), sourceType: "mood", isIdentity: false),
            Column(name: "odd \"name\"", type: .text, sourceType: "text", isIdentity: false),
            Column(name: "pause", type: .interval, sourceType: "interval", isIdentity: false),
            Column(name: "opening", type: .time, sourceType: "time", isIdentity: false),
            Column(name: "big", type: .uint64, sourceType: "xid8", isIdentity: false),
            Column(name: "blob", type: .bytes, sourceType: "bytea", isIdentity: false),
            Column(name: "from", type: .int32, sourceType: "integer", isIdentity: false),
        ], identity: .primaryKey, primaryKey: [0])

    static let usual: [String: String] = [
        "id": "42", "status": "active", "total": "19.90", "ratio": "0.5", "is_paid": "t",
        "created_at": "2026-01-31 13:45:00.25", "seen_at": "2026-01-31 13:45:00+00", "day": "2026-01-31",
        "code": "ab   ", "data": #"{"a": {"b": [1, "zwei", null]}, "n": 5, "s": "käse\u00fc\n", "z": null}"#,
        "token": "123e4567-e89b-12d3-a456-426614174000", "mood": "ok", "odd \"name\"": "x", "pause": "P1D",
        "opening": "08:30:00", "big": "18446744073709551615", "blob": "\\xdead", "from": "3",
    ]

    /// The usual row with some cells changed; nil stands for null.
    static func row(_ cells: [String: String?] = [:]) -> Row {
        Row(
            schema: schema,
            texts: schema.columns.map { column in
                if let cell = cells[column.name] { cell } else { usual[column.name] }
            })
    }

    /// A row of which only the named cells are known.
    static func keyRow(_ cells: [String: String]) -> Row {
        var builder = RowBuilder()
        for column in schema.columns {
            if let cell = cells[column.name] { builder.append(cell) } else { builder.appendUnchanged() }
        }
        return builder.row(schema: schema)
    }

    static let place = SourceLocation(file: "p.yaml", line: 10, column: 5)

    static func located(_ text: String) -> LocatedText { LocatedText(text, at: place) }
    static func named(_ text: String) -> Located<String> { Located(text, at: place) }

    static func transform(
        where filter: String? = nil, compute: KeyValuePairs<String, String> = [:]
    ) throws(ConfigurationErrors) -> CompiledTransform {
        try CompiledTransform(
            spec: TransformSpec(
                filter: filter.map { located($0) },
                compute: compute.map {
                    TransformSpec.Computation(name: named($0.key), expression: located($0.value))
                }), schema: schema)
    }

    /// Whether a condition lets a row through.
    static func passes(_ filter: String, _ cells: [String: String?] = [:]) throws -> Bool {
        try transform(where: filter).passes(row(cells))
    }

    /// The cell that an expression computes.
    static func compute(_ expression: String, _ cells: [String: String?] = [:]) throws -> String? {
        let transform = try transform(compute: ["result": expression])
        return try transform.extended(row(cells)).text(schema.columns.count)
    }

    /// The first thing that is wrong with a condition, as `column: message (hint)`.
    static func fault(_ filter: String) -> String? {
        do {
            _ = try transform(where: filter)
            return nil
        } catch {
            guard let first = error.diagnostics.first, let location = first.location else { return "no place" }
            let hint = first.hint.map { " (\($0))" } ?? ""
            return "\(location.column - place.column): \(first.message)\(hint)"
        }
    }
}

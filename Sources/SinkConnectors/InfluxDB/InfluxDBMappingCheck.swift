internal import Change
internal import Connector

/// What each column becomes and what it loses, and where rows may park or meet.
enum InfluxDBMappingCheck {
    static func findings(_ mapping: InfluxDBMapping) -> [Diagnostic] {
        let values = mapping.request.options
        let schema = mapping.request.schema
        var findings: [Diagnostic] = []
        for tag in mapping.tags {
            guard let index = tag.column else { continue }
            let column = schema.columns[index]
            findings.append(
                Diagnostic(
                    .note, at: values.location(of: "tags"),
                    "\(column.name) (\(column.sourceType)) becomes tag \(tag.name)"))
            if isMany(column, schema) {
                findings.append(
                    Diagnostic(
                        .warning, at: values.location(of: "tags"),
                        "the tag \(tag.name) may have many values, and each makes a series that InfluxDB 1 and 2 keep in memory",
                        hint: "make a field of it, unless queries group by it"))
            }
        }
        for field in mapping.fields {
            let column = schema.columns[field.column]
            let loss = field.loss.map { "; \($0)" } ?? ""
            findings.append(
                Diagnostic(
                    .note, at: values.location,
                    "\(column.name) (\(column.sourceType)) becomes field \(field.name), \(field.kind.serverName)\(loss)"
                ))
        }
        return findings + (mapping.time.map { rows(mapping, $0) } ?? [])
    }

    private static func rows(_ mapping: InfluxDBMapping, _ time: PointTime) -> [Diagnostic] {
        let values = mapping.request.options
        let schema = mapping.request.schema
        var findings: [Diagnostic] = []
        let named = Set(mapping.tags.compactMap(\.column)).union([time.column])
        if schema.primaryKey.isEmpty || !Set(schema.primaryKey).isSubset(of: named) {
            findings.append(
                Diagnostic(
                    .warning, at: values.location(of: "time"),
                    "two rows of the same \((["time"] + mapping.tags.map(\.name)).joined(separator: ", ")) are one point: the "
                        + "later write stands"
                        + (time.spreadColumns.isEmpty ? "" : ", for one pair of them in a thousand"),
                    hint: time.spreadColumns.isEmpty ? "set spread: true, or make a tag that tells them apart" : nil))
        }
        if !mapping.options.findsPoints {
            findings.append(
                Diagnostic(
                    .note, at: values.location(of: "on_delete"),
                    "a row that is deleted, or whose tags or time change, leaves its point behind"))
        }
        if mapping.options.nulls == .omit {
            findings.append(
                Diagnostic(
                    .note, at: values.location(of: "nulls"),
                    "a field that becomes null keeps its old value in the point"))
        }
        return findings
    }

    /// Whether a column may have more values than a tag should.
    private static func isMany(_ column: Column, _ schema: TableSchema) -> Bool {
        if schema.primaryKey.contains(where: { schema.columns[$0].name == column.name }) { return true }
        return switch column.type {
        case .uuid, .bytes, .json, .float32, .float64, .decimal, .money, .timestamp, .timestampWithZone, .time,
            .timeWithZone, .interval, .bits, .composite, .array, .range, .multirange:
            true
        default: false
        }
    }
}

internal import Change
internal import Connector

/// What each column becomes and what it loses, and where rows may park.
enum MappingCheck {
    static func findings(_ mapping: ElasticsearchMapping) -> [Diagnostic] {
        let values = mapping.request.options
        var findings: [Diagnostic] = mapping.fields.map { field in
            let column = mapping.request.schema.columns[field.column]
            let loss = field.loss.map { "; \($0)" } ?? ""
            return Diagnostic(
                .note, at: values.location,
                "\(column.name) (\(column.sourceType)) becomes \(field.name), \(field.type)\(loss)")
        }
        let long = mapping.id.columns.map { mapping.request.schema.columns[$0] }.filter(isUnbounded)
        if !long.isEmpty {
            let columns = long.map(\.name).joined(separator: ", ")
            findings.append(
                Diagnostic(
                    .note, at: values.location(of: "id"),
                    "rows park whose id is longer than \(ElasticsearchEncoding.idBytesMax) bytes; \(columns) may be"))
        }
        if case .byRow = mapping.index {
            findings.append(
                Diagnostic(
                    .note, at: values.location(of: "index"),
                    "each name that the rows give makes an index, up to \(ElasticsearchSink.indicesByRowMax) of them"))
        }
        if let name = mapping.index.fixedName, mapping.options.originField == nil {
            findings.append(
                Diagnostic(
                    .note, at: values.location(of: "index"),
                    "a truncate of \(mapping.request.schema.table) deletes every document of \(name) that is older",
                    hint: "where others write to the index too, set origin_field"))
        }
        return findings
    }

    private static func isUnbounded(_ column: Column) -> Bool {
        switch column.type {
        case .text, .bytes, .json, .array, .composite, .range, .multirange, .other, .bits: true
        case .decimal(let precision, _): precision == nil
        default: false
        }
    }
}

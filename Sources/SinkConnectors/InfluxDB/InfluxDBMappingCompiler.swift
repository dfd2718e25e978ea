internal import Change
internal import Connector

/// Reads the options of one mapping against the rows' shape, and finds everything that is wrong with them.
struct InfluxDBMappingCompiler {
    struct Compiled {
        var options: InfluxDBMappingOptions
        var measurement: String
        var tags: [PointTag]
        var fields: [PointField]
        var time: PointTime?
    }

    private let request: MappingRequest
    private var options: InfluxDBMappingOptions
    private var errors: [Diagnostic] = []

    private var values: OptionValues { request.options }
    private var schema: TableSchema { request.schema }

    init(_ request: MappingRequest, api: InfluxDBOptions.API) {
        self.request = request
        var errors: [Diagnostic] = []
        options = InfluxDBMappingOptions(request.options, api: api, errors: &errors)
        if !request.schema.isOpen {
            let names = Set(request.outputs.map(\.name))
            for name in options.types.keys.sorted() where !names.contains(name) {
                errors.append(request.options.error(at: "types", "no field is written under the name \(name)"))
            }
        }
        if options.types.values.contains("unsigned"), api == .v1 {
            errors.append(request.options.error(at: "types", "api: v1 has no unsigned fields"))
        }
        self.errors = errors
    }

    mutating func compile() throws -> Compiled {
        let measurement = values.text("measurement") ?? ""
        if let reason = PointName.problem(with: measurement) {
            errors.append(values.error(at: "measurement", "this cannot be a measurement: \(reason)"))
        }
        let time = time()
        let tags = tags()
        let fields = fields(without: Set(tags.compactMap(\.column)).union(time.map { [$0.column] } ?? []))
        refuseDoubles(tags, fields)
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        return Compiled(options: options, measurement: measurement, tags: tags, fields: fields, time: time)
    }

    private mutating func time() -> PointTime? {
        guard options.mode == .rows else { return nil }
        guard let name = values.text("time") else {
            errors.append(
                values.error(at: "mode", "mode: rows needs `time`: the column with the time of a row's point"))
            return nil
        }
        guard let column = request.column(name, of: "time", errors: &errors) else { return nil }
        let type = schema.columns[column].type
        guard PointTime.isTime(type) else {
            errors.append(
                values.error(at: "time", "column \(name) is \(schema.columns[column].sourceType), which is no time"))
            return nil
        }
        if options.isSpreading, schema.primaryKey.isEmpty {
            errors.append(values.error(at: "spread", "`spread` needs a primary key, and \(schema.table) has none"))
        }
        return PointTime(
            column: column, name: name, unit: options.timeUnit, precision: options.precision,
            spreadColumns: options.isSpreading ? schema.primaryKey : [])
    }

    private mutating func tags() -> [PointTag] {
        var tags: [PointTag] = []
        for name in values.texts("tags") ?? [] {
            guard let column = request.column(name, of: "tags", errors: &errors) else { continue }
            tags.append(PointTag(name: request.writtenName(of: column), source: .column(column)))
        }
        for (name, value) in options.constants {
            let bytes = Array(value.utf8)
            if bytes.isEmpty || bytes.indices.contains(where: { LineText.isOdd(bytes.span, at: $0) }) {
                errors.append(values.error(at: "constant_tags", "the value of \(name) is one that no tag can hold"))
            }
            tags.append(PointTag(name: name, source: .constant(bytes)))
        }
        if options.mode == .events {
            tags.append(PointTag(name: options.kindTag, source: .kind))
            tags.append(PointTag(name: options.sequenceTag, source: .sequence))
        }
        // Servers keep tags in this order, and take them faster so.
        return tags.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private mutating func fields(without taken: Set<Int>) -> [PointField] {
        var fields: [PointField] = []
        for output in request.outputs where !taken.contains(output.column) {
            var choice = PointField.kind(of: schema.columns[output.column].type, options)
            if let type = options.types[output.name] {
                guard let kind = PointField.Kind(rawValue: type) else {
                    let names = PointField.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    errors.append(values.error(at: "types", "\(output.name): \(type) is none of \(names)"))
                    continue
                }
                choice = (kind, "a value that a field of type \(type) cannot hold parks its row")
            }
            fields.append(PointField(name: output.name, column: output.column, kind: choice.kind, loss: choice.loss))
        }
        return fields
    }

    private mutating func refuseDoubles(_ tags: [PointTag], _ fields: [PointField]) {
        var names: Set<String> = [options.versionField]
        if options.marksDeleted { names.insert(options.deletedField) }
        var all = tags.map(\.name) + fields.map(\.name)
        if options.nulls == .mark { all += fields.map { PointField.nullName($0.name) } }
        for name in all {
            if let reason = PointName.problem(withColumn: name) {
                errors.append(
                    Diagnostic(
                        .error, at: values.location, "\(name) cannot be a tag or a field: \(reason)",
                        hint: "write it under another name with `rename`"))
            }
            if !names.insert(name).inserted {
                errors.append(
                    Diagnostic(
                        .error, at: values.location, "two things are written under the name \(name)",
                        hint: "write one under another name with `rename`, or by the option that names it"))
            }
        }
    }
}

internal import Change
internal import Connector
internal import Wire

/// What becomes of one column: the field, its type in the index, and how a cell is written.
struct FieldPlan: Sendable {
    var name: String
    /// Index into the mapping's schema.
    var column: Int
    var columnType: DataType
    /// The name as JSON, with its colon.
    var quotedName: [UInt8]
    var encoding: FieldEncoding
    /// The field's definition in an index that Millrace creates.
    var property: JSONValue
    /// What the field cannot do that the column could, for people; nil where nothing is lost.
    var loss: String?
    /// Why no row that has the field can be written; nil for a field in good order.
    var refusal: String?

    /// The type in the index, such as `keyword`.
    var type: String { property["type"]?.text ?? "object" }

    init(name: String, column: Int, columnType: DataType, choice: FieldType) {
        self.name = name
        self.column = column
        self.columnType = columnType
        var quoted: [UInt8] = []
        quoted.append(jsonString: name)
        quoted.append(UInt8(ascii: ":"))
        quotedName = quoted
        encoding = choice.encoding
        encoding.isDocument = columnType == .bson
        property = choice.property
        loss = choice.loss
    }

    /// A field that no document of an index can have.
    private init(refused output: OutputField, columnType: DataType, _ reason: String) {
        self.init(
            name: output.name, column: output.column, columnType: columnType,
            choice: FieldType(
                ["type": "object", "enabled": false], .dynamic, loss: "a row that has it parks: \(reason)"))
        refusal = reason
    }

    /// The plans of everything that a mapping writes; what is wrong is added to `errors`.
    static func plans(
        for request: MappingRequest, options: ElasticsearchMappingOptions, errors: inout [Diagnostic]
    ) -> [FieldPlan] {
        let values = request.options
        var plans: [FieldPlan] = []
        let names = Set(request.outputs.map(\.name))
        for (option, name) in [("deleted_field", options.deletedField), ("origin_field", options.originField)] {
            guard let name, names.contains(name) else { continue }
            errors.append(values.error(at: option, "a column is written under the name \(name) too; choose another"))
        }
        for name in options.types.keys.sorted() where !names.contains(name) && !request.schema.isOpen {
            errors.append(values.error(at: "types", "no field is written under the name \(name)"))
        }
        for output in request.outputs {
            let column = request.schema.columns[output.column]
            if let reason = FieldName.problem(with: output.name) {
                // Somebody's odd field must not stop everybody's documents.
                if request.schema.isOpen, !request.schema.primaryKey.contains(output.column), output.name == column.name
                {
                    plans.append(FieldPlan(refused: output, columnType: column.type, reason))
                    continue
                }
                errors.append(
                    Diagnostic(
                        .error, at: values.location, "the column \(output.name) cannot be a field: \(reason)",
                        hint: "write it under another name with `rename`"))
                continue
            }
            do throws(FieldType.Refusal) {
                let choice = try FieldType.choose(for: column, named: output.name, options: options)
                plans.append(
                    FieldPlan(name: output.name, column: output.column, columnType: column.type, choice: choice))
            } catch {
                errors.append(values.error(at: error.option, "\(output.name): \(error.message)"))
            }
        }
        return plans
    }
}

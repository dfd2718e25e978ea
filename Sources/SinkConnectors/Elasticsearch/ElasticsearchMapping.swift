internal import Change
internal import Connector
internal import Wire

/// How rows of one shape become documents of one index.
final class ElasticsearchMapping: RowMapping {
    let request: MappingRequest
    let options: ElasticsearchMappingOptions
    let index: IndexTarget
    let id: CompiledTemplate
    let routing: CompiledTemplate?
    let fields: [FieldPlan]
    /// `"deleted":`, where deletes are soft.
    let quotedDeletedField: [UInt8]?
    /// `"origin":"orders"`, where documents say where they come from.
    let quotedOrigin: [UInt8]?
    let keyColumns: [Int]
    let neededColumns: [Int]
    let unseenKeyFields: [String]

    var isAppending: Bool { false }

    /// What an error names: the mapping and its index.
    var place: String { "\(request.name) (index \(index.pattern))" }

    /// - Throws: ``ConfigurationErrors`` with the place of each wrong option.
    init(_ request: MappingRequest) throws {
        var errors: [Diagnostic] = []
        let values = request.options
        self.request = request
        options = ElasticsearchMappingOptions(values, errors: &errors)
        let index = Self.template("index", request, &errors)
        let id = Self.template("id", request, &errors)
        routing = values["routing"] == nil ? nil : Self.template("routing", request, &errors)
        fields = FieldPlan.plans(for: request, options: options, errors: &errors)
        if let id, id.isConstant {
            errors.append(values.error(at: "id", "id is the same for every row; name the columns of the key in it"))
        }
        let target = index.flatMap { IndexTarget($0, values: values, errors: &errors) }
        quotedDeletedField = options.deletedField.map { Self.quoted($0) }
        quotedOrigin = options.originField.map { field in
            var origin = Self.quoted(field)
            origin.append(jsonString: request.name)
            return origin
        }
        guard errors.isEmpty, let target, let id else { throw ConfigurationErrors(errors) }
        self.index = target
        self.id = id
        let keys = Set(target.columns).union(id.columns).union(routing?.columns ?? [])
        keyColumns = keys.sorted()
        unseenKeyFields = id.unseen + (routing?.unseen ?? []) + target.unseen
        neededColumns = keys.union(fields.map(\.column)).sorted()
    }

    func appendKey(of row: Row, to key: inout [UInt8]) throws(KeyError) {
        try index.append(row, to: &key)
        key.append(Self.keySeparator)
        if let routing { try routing.append(row, to: &key) }
        key.append(Self.keySeparator)
        try id.append(row, to: &key)
    }

    /// Sets the parts of a key apart: a byte that no part can hold, so that no two places share a key.
    static let keySeparator: UInt8 = 0xFF

    private static func quoted(_ name: String) -> [UInt8] {
        var text: [UInt8] = []
        text.append(jsonString: name)
        text.append(UInt8(ascii: ":"))
        return text
    }

    private static func template(
        _ name: String, _ request: MappingRequest, _ errors: inout [Diagnostic]
    ) -> CompiledTemplate? {
        do throws(TemplateError) {
            return try Template(parsing: request.options.text(name) ?? "").compiled(for: request.schema)
        } catch {
            errors.append(request.options.error(at: name, error.description))
            return nil
        }
    }
}

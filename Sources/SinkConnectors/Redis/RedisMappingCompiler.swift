internal import Change
internal import Connector
internal import RedisCodec

/// Reads the options of one mapping against the rows' shape, and finds everything that is wrong with them.
struct RedisMappingCompiler {
    struct Compiled {
        var form: RedisForm
        var key: CompiledTemplate
        var keyTemplate: Template
        var memberColumns: [Int]
        var unseenKeyFields: [String]
        /// What is read beside the key and the member.
        var readColumns: [Int]
    }

    private let request: MappingRequest
    private var errors: [Diagnostic] = []

    private var options: OptionValues { request.options }
    private var schema: TableSchema { request.schema }

    init(_ request: MappingRequest) {
        self.request = request
    }

    mutating func compile() throws -> Compiled {
        let chosen = RedisForm.options.filter { options[$0] != nil }
        guard let name = chosen.first, chosen.count == 1 else {
            let names = RedisForm.options.map { "`\($0)`" }.joined(separator: ", ")
            throw ConfigurationErrors([
                options.error(
                    at: chosen.last ?? "", "exactly one of \(names) has to say what the rows become",
                    hint: chosen.isEmpty ? "such as hash: \"user:{id}\"" : nil)
            ])
        }
        for (option, forms) in RedisMappingOptions.forms.sorted(by: { $0.key < $1.key })
        where options[option] != nil && !forms.contains(name) {
            errors.append(options.error(at: option, "`\(option)` means nothing for `\(name)`"))
        }
        let key = template(name)
        let form = form(named: name)
        guard errors.isEmpty, let key, let form else { throw ConfigurationErrors(errors) }
        return Compiled(
            form: form, key: key.compiled, keyTemplate: key.template, memberColumns: memberColumns(form),
            unseenKeyFields: key.compiled.unseen + unseenMemberFields(form), readColumns: readColumns(form))
    }

    // MARK: Forms

    private mutating func form(named name: String) -> RedisForm? {
        switch name {
        case "hash": hashForm()
        case "json": jsonForm()
        case "set" where options["members"] != nil: arraySetForm()
        case "set": collectionForm().map { .set($0) }
        case "sorted_set": sortedSetForm()
        case "stream": streamForm()
        default: .invalidation
        }
    }

    private mutating func hashForm() -> RedisForm {
        // Documents often have a field __v of their own.
        let guardField = options.text("version_field") ?? (schema.isOpen ? "__millrace" : "__v")
        refuse(field: guardField, of: "version_field")
        return .hash(
            RedisForm.HashForm(
                fields: fields(), hasEmptyNulls: nulls(["omit", "empty"]) == "empty",
                guardFieldName: Array(guardField.utf8), guardField: RedisCommands.encoded([Array(guardField.utf8)]),
                lifetime: lifetime()))
    }

    private mutating func jsonForm() -> RedisForm {
        if options.text("bytes") == "raw" {
            errors.append(options.error(at: "bytes", "a JSON document holds text: `bytes` is base64 or hex here"))
        }
        let omitsNulls = nulls(["null", "omit"]) == "omit"
        return .json(
            RedisForm.DocumentForm(
                fields: request.outputs.map { JSONField(name: $0.name, column: $0.column) },
                values: JSONForm(
                    decimals: options.text("decimals") == "number" ? .number : .text,
                    bytes: options.text("bytes") == "hex" ? .hex : .base64),
                omitsNulls: omitsNulls, root: options.text("root").flatMap { column($0, of: "root") },
                lifetime: lifetime()))
    }

    private mutating func collectionForm() -> RedisForm.CollectionForm? {
        guard options["member"] != nil else {
            errors.append(
                options.error(
                    at: "", "`member` is missing: what the row is in its set", hint: "such as member: \"{id}\""))
            return nil
        }
        let member = template("member")
        let milliseconds: Int64? = if case .milliseconds(let number) = lifetime() { number } else { nil }
        if milliseconds != nil { refuseComputedKey() }
        return member.map { RedisForm.CollectionForm(member: $0.compiled, lifetime: milliseconds) }
    }

    private mutating func arraySetForm() -> RedisForm? {
        if options["member"] != nil {
            errors.append(options.error(at: "member", "`member` and `members` exclude each other"))
        }
        let bytes = options.text("bytes").flatMap { CellText.Bytes(rawValue: $0) } ?? .base64
        let lifetime = lifetime()
        guard let name = options.text("members"), let column = column(name, of: "members") else { return nil }
        let isArray = column.index.map { index in
            switch schema.columns[index].type {
            case .bson: true
            default: false
            }
        }
        if isArray == false {
            errors.append(options.error(at: "members", "column \(name) is no array of a document"))
        }
        return .arraySet(RedisForm.ArraySetForm(members: column, bytes: bytes, lifetime: lifetime))
    }

    private mutating func sortedSetForm() -> RedisForm? {
        let form = collectionForm()
        guard let name = options.text("score") else {
            errors.append(options.error(at: "", "`score` is missing: the column that the set is ordered by"))
            return nil
        }
        guard let column = column(name, of: "score") else { return nil }
        let score = Score(column, of: schema)
        if score == nil, let index = column.index {
            errors.append(
                options.error(
                    at: "score", "column \(name) is \(schema.columns[index].sourceType): a score is a number or a time"
                ))
        }
        guard let form, let score else { return nil }
        return .sortedSet(form, score: score)
    }

    private mutating func streamForm() -> RedisForm {
        let kindField = options.text("kind_field") ?? "__op"
        refuse(field: kindField, of: "kind_field")
        return .stream(
            RedisForm.StreamForm(
                fields: fields(), hasEmptyNulls: nulls(["omit", "empty"]) == "empty",
                kindField: RedisCommands.encoded([Array(kindField.utf8)]), lengthMax: options.integer("length_max")))
    }

    // MARK: Parts

    private mutating func fields() -> [RedisField] {
        if request.outputs.count > RedisLimits.fieldsMax {
            errors.append(options.error(at: "", "a row can have \(RedisLimits.fieldsMax) fields at the most"))
        }
        let bytes = options.text("bytes").flatMap { CellText.Bytes(rawValue: $0) } ?? .base64
        return request.outputs.map {
            RedisField(name: $0.name, text: CellText(column: $0.column, of: schema, bytes: bytes))
        }
    }

    private mutating func nulls(_ known: [String]) -> String {
        guard let chosen = options.text("nulls") else { return known[0] }
        if !known.contains(chosen) {
            errors.append(
                options.error(at: "nulls", "`nulls` is \(known.joined(separator: " or ")) here"))
        }
        return chosen
    }

    private mutating func lifetime() -> Lifetime {
        if options["ttl"] != nil, options["expires_at"] != nil {
            errors.append(options.error(at: "expires_at", "`ttl` and `expires_at` exclude each other"))
        }
        // A field that no document has shown yet is no end.
        if let name = options.text("expires_at"), let column = column(name, of: "expires_at")?.index {
            switch schema.columns[column].type {
            case .timestamp, .timestampWithZone, .date, .bson: return .until(column: column)
            default:
                errors.append(
                    options.error(
                        at: "expires_at",
                        "column \(name) is \(schema.columns[column].sourceType), which is no point in time"))
            }
        }
        guard let ttl = options.duration("ttl") else { return .forever }
        options.requirePositive("ttl", ttl, &errors)
        return .milliseconds(ttl.milliseconds)
    }

    private mutating func template(_ option: String) -> (template: Template, compiled: CompiledTemplate)? {
        do {
            let template = try Template(parsing: options.text(option) ?? "")
            guard !template.segments.isEmpty else {
                errors.append(options.error(at: option, "`\(option)` is empty"))
                return nil
            }
            return (template, try template.compiled(for: schema))
        } catch {
            let hint = if case .unknownColumn = error { columnList } else { nil as String? }
            errors.append(options.error(at: option, "\(error)", hint: hint))
            return nil
        }
    }

    private mutating func column(_ name: String, of option: String) -> ChosenColumn? {
        if let index = schema.index(of: name) { return ChosenColumn(name: name, index: index) }
        if schema.isOpen {
            guard name.contains(where: { $0 == "." || $0 == "[" }) else { return ChosenColumn(name: name, index: nil) }
            errors.append(
                options.error(
                    at: option, "`\(option)` names a column, and \(name) is a path",
                    hint: "compute a column of it, and name that"))
            return nil
        }
        errors.append(options.error(at: option, "there is no column \(name)", hint: columnList))
        return nil
    }

    private var columnList: String { "the columns are \(schema.columns.map(\.name).joined(separator: ", "))" }

    private mutating func refuse(field: String, of option: String) {
        guard field.isEmpty || request.outputs.contains(where: { $0.name == field }) else { return }
        errors.append(
            options.error(
                at: options[option] == nil ? "" : option,
                field.isEmpty ? "`\(option)` is empty" : "the row has a field \(field) of its own",
                hint: "name another with `\(option)`, or rename the column"))
    }

    /// A collection is read again by the columns its key is made of, and the source knows only its own.
    private mutating func refuseComputedKey() {
        guard let key = try? Template(parsing: keyText).compiled(for: schema) else { return }
        if key.isConstant {
            errors.append(
                options.error(
                    at: "ttl", "a collection with a lifetime is read again by its key, which has no column in it"))
        }
        guard let shaping = request.shaping else { return }
        guard key.columns.contains(where: { $0 >= shaping.sourceSchema.columns.count }) else { return }
        errors.append(
            options.error(
                at: "ttl", "a collection with a lifetime is read again by its key, which has a computed column in it"))
    }

    private var keyText: String { (options.text("set") ?? options.text("sorted_set")) ?? "" }

    private func memberColumns(_ form: RedisForm) -> [Int] {
        switch form {
        case .set(let form), .sortedSet(let form, _): form.member.columns
        case .hash, .json, .arraySet, .stream, .invalidation: []
        }
    }

    private func unseenMemberFields(_ form: RedisForm) -> [String] {
        switch form {
        case .set(let form), .sortedSet(let form, _): form.member.unseen
        case .hash, .json, .arraySet, .stream, .invalidation: []
        }
    }

    private func readColumns(_ form: RedisForm) -> [Int] {
        let outputs = request.outputs.map(\.column)
        return switch form {
        case .hash(let form): outputs + form.lifetime.columns
        case .json(let form): (form.root.map { $0.index.map { [$0] } ?? [] } ?? outputs) + form.lifetime.columns
        case .arraySet(let form): (form.members.index.map { [$0] } ?? []) + form.lifetime.columns
        case .sortedSet(_, let score): score.column.index.map { [$0] } ?? []
        case .stream: outputs
        case .set, .invalidation: []
        }
    }
}

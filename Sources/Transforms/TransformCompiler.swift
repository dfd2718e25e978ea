internal import Change
internal import Connector

/// Binds a transform to the rows of one shape; collects everything that does not fit.
struct TransformCompiler {
    let spec: TransformSpec
    let source: TableSchema
    private var checker: ExpressionChecker
    private(set) var problems: [Diagnostic] = []
    private(set) var appended: [AppendedColumn] = []
    private(set) var columns: [Column]
    private(set) var filter: CheckedExpression?
    private(set) var outputs: [OutputField] = []
    /// By name, the column whose value is written.
    private(set) var written: [String: Int] = [:]

    init(_ spec: TransformSpec, schema: TableSchema) {
        self.spec = spec
        source = schema
        checker = ExpressionChecker(schema: schema)
        columns = schema.columns
        for index in schema.columns.indices where written[schema.columns[index].name] == nil {
            written[schema.columns[index].name] = index
        }
        for computation in spec.compute { compute(computation) }
        filter = spec.filter.flatMap { condition($0) }
        prune()
        for mask in spec.mask {
            replace(mask.column, by: .mask(Masking(visible: mask.visible)), what: "mask")
        }
        for digest in spec.digest {
            replace(
                digest.column, by: .digest(Digesting(algorithm: digest.algorithm, key: spec.digestKey)), what: "digest")
        }
        choose()
    }

    // MARK: - Expressions

    private mutating func condition(_ text: LocatedText) -> CheckedExpression? {
        attempt(text) { (checker) throws(SyntaxError) in
            try checker.checkCondition(try ExpressionParser.parse(text.value))
        }
    }

    private mutating func compute(_ computation: TransformSpec.Computation) {
        let name = computation.name.value
        if checker.computed[name] != nil {
            return refuse(computation.name, "the column \(name) is computed twice")
        }
        let checked = attempt(computation.expression) { (checker) throws(SyntaxError) in
            switch try ComputationSyntax.parse(computation.expression.value) {
            case .expression(let node): try checker.check(node)
            case .template(let template): try checker.check(template, in: computation.expression.value)
            }
        }
        guard let checked else {
            // Later expressions that use the name are not wrong themselves.
            checker.define(name, CheckedExpression(program: .constant(.null), type: .unknown, columns: [], weight: 1))
            written[name] = written[name] ?? 0
            return
        }
        checker.define(name, checked)
        append(name, checked)
    }

    mutating func append(_ name: String, _ checked: CheckedExpression) {
        var column = AppendedColumn(
            origin: .expression(checked.program, checked.type), name: name, input: 0, columns: checked.columns,
            unseen: checked.unseen)
        var type = checked.type.dataType
        var sourceType = checked.type.inWords
        switch checked.program {
        case .path(.column(let cell), let path):
            column.origin = .path(path)
            column.input = cell.column
        case .absent: column.origin = .absent
        default: break
        }
        if case .column(let cell) = checked.program {
            column.origin = .copy
            column.input = cell.column
            type = source.columns[cell.column].type
            sourceType = source.columns[cell.column].sourceType
        }
        append(
            column,
            Column(
                name: name, type: type, sourceType: sourceType, isIdentity: isIdentity(checked.columns, checked.unseen))
        )
    }

    private mutating func replace(_ column: Located<String>, by origin: AppendedColumn.Origin, what: String) {
        if written[column.value] == nil, source.isOpen, let path = path(column) {
            guard spec.select?.contains(where: { $0.value == column.value }) == true else {
                return refuse(
                    column, "\(what): \(column.value) is a part of \(path.name), which is written as it is",
                    hint: "name \(column.value) itself under select")
            }
            append(path, named: column.value)
        }
        guard let input = written[column.value] else {
            // A field that nobody has seen has nothing to hide.
            return source.isOpen ? () : refuseUnknown(column, what: what)
        }
        let inputColumns =
            input < source.columns.count ? [input] : appended[input - source.columns.count].columns
        let unseen = input < source.columns.count ? [] : appended[input - source.columns.count].unseen
        append(
            AppendedColumn(origin: origin, name: column.value, input: input, columns: inputColumns, unseen: unseen),
            Column(name: column.value, type: .text, sourceType: "text", isIdentity: isIdentity(inputColumns, unseen)))
    }

    mutating func append(_ column: AppendedColumn, _ description: Column) {
        written[column.name] = columns.count
        appended.append(column)
        columns.append(description)
    }

    /// What depends on the identity's columns alone is known of a deleted row too.
    private func isIdentity(_ inputs: Set<Int>, _ unseen: Set<String> = []) -> Bool {
        unseen.isEmpty && inputs.allSatisfy { source.columns[$0].isIdentity }
    }

    // MARK: - Outputs

    private mutating func choose() {
        var names: [String] = []
        if let select = spec.select {
            for column in select {
                if isWritten(column, what: "select") { names.append(column.value) }
            }
        } else {
            for column in source.columns where !source.isOpen || !names.contains(column.name) {
                names.append(column.name)
            }
            for computation in spec.compute where !names.contains(computation.name.value) {
                names.append(computation.name.value)
            }
        }
        for column in spec.omit where written[column.value] == nil && !source.isOpen {
            refuseUnknown(column, what: "omit")
        }
        names.removeAll { name in spec.omit.contains { $0.value == name } }
        for rename in spec.rename where written[rename.column.value] == nil { checkRename(rename.column) }
        for name in names {
            guard let column = written[name] else { continue }
            let rename = spec.rename.first { $0.column.value == name }
            let output = rename?.name.value ?? name
            if outputs.contains(where: { $0.name == output }) {
                let place = rename?.name ?? spec.rename.first { $0.name.value == output }?.name
                problems.append(
                    Diagnostic(.error, at: place?.location, "two columns would be written as \(output)"))
            }
            outputs.append(OutputField(name: output, column: column))
        }
    }

    // MARK: - Problems

    mutating func attempt(
        _ text: LocatedText, _ body: (ExpressionChecker) throws(SyntaxError) -> CheckedExpression
    ) -> CheckedExpression? {
        do {
            return try body(checker)
        } catch {
            problems += error.all.map { Diagnostic($0, in: text) }
            return nil
        }
    }

    mutating func refuse(_ place: Located<String>, _ message: String, hint: String? = nil) {
        problems.append(Diagnostic(.error, at: place.location, message, hint: hint))
    }

    mutating func refuseUnknown(_ column: Located<String>, what: String) {
        refuse(
            column, "\(what): the table \(source.table) has no column \(column.value)",
            hint: NearestName.hint(
                for: column.value, among: source.columns.map(\.name) + spec.compute.map(\.name.value)))
    }
}

extension Diagnostic {
    /// A mistake in an expression at its place in the file; without quoting what came out of the environment.
    init(_ error: SyntaxError, in text: LocatedText) {
        let isShown = !error.quotesText || !text.isFromEnvironment
        self.init(
            .error, at: text.location(at: error.offset),
            isShown ? error.message : "the expression, which the environment has a part in, is wrong here",
            hint: isShown ? error.hint : nil)
    }
}

extension ExpressionChecker {
    /// A template as the texts of its parts; null where a column of it is null.
    func check(_ template: Template, in text: String) throws(SyntaxError) -> CheckedExpression {
        var parts: [CheckedExpression] = []
        for segment in template.segments {
            switch segment {
            case .literal(let bytes): parts.append(make(.constant(.text(bytes)), .text, []))
            case .column(let name):
                let offset = text.offset(ofColumn: name)
                parts.append(try templateColumn(name, at: offset))
            }
        }
        return make(.join(parts.map { Program.Part(program: $0.program, type: $0.type) }), .text, parts)
    }
}

extension String {
    /// Where `{name}` first stands, in Unicode scalars, the brace passed over.
    fileprivate func offset(ofColumn name: String) -> Int {
        let wanted = Array("{\(name)}".unicodeScalars)
        let scalars = Array(unicodeScalars)
        guard wanted.count <= scalars.count else { return 0 }
        let start = (0...(scalars.count - wanted.count)).first { scalars[$0...].starts(with: wanted) }
        return start.map { $0 + 1 } ?? 0
    }
}

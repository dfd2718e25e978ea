internal import Change
internal import Connector

/// Finds the columns that an expression names, and the type of every part of it.
///
/// A text in quotes takes the type of what it stands beside: `created_at > '2026-01-31'` compares timestamps, and a
/// text that is no timestamp is an error here, not at a row.
struct ExpressionChecker {
    let schema: TableSchema
    /// The computed columns so far.
    private(set) var computed: [String: CheckedExpression] = [:]
    /// Whether names are those of the fields of an array's element, and `this` is the element itself.
    var isElement = false

    init(schema: TableSchema) {
        self.schema = schema
    }

    mutating func define(_ name: String, _ expression: CheckedExpression) {
        computed[name] = expression
    }

    /// A condition: true, false or unknown.
    func checkCondition(_ node: SyntaxNode) throws(SyntaxError) -> CheckedExpression {
        let checked = try check(node)
        if checked.type == .dynamic { return make(.narrow(checked.program, to: .boolean), .boolean, [checked]) }
        guard checked.type == .boolean || checked.type == .unknown else {
            throw SyntaxError(
                "a condition is wanted here, and this is \(checked.type.inWords)", at: node.offset,
                hint: "compare it with something")
        }
        return checked
    }

    func check(_ node: SyntaxNode) throws(SyntaxError) -> CheckedExpression {
        let checked = try folded(try checkNode(node), at: node.offset)
        guard checked.weight <= CheckedExpression.weightMax else {
            throw SyntaxError("the expression has more than \(CheckedExpression.weightMax) parts", at: node.offset)
        }
        return checked
    }

    private func checkNode(_ node: SyntaxNode) throws(SyntaxError) -> CheckedExpression {
        switch node.kind {
        case .null: return make(.constant(.null), .unknown, [])
        case .boolean(let flag): return make(.constant(.boolean(flag)), .boolean, [])
        case .text(let text):
            var literal = make(.constant(.text(Array(text.utf8))), .text, [])
            literal.isTextLiteral = true
            return literal
        case .number(let digits): return try number(digits, at: node.offset)
        case .column(let name): return try column(name, at: node.offset)
        case .not(let operand):
            let condition = try checkCondition(operand)
            return make(.not(condition.program), .boolean, [condition])
        case .negate(let operand): return try negation(of: operand)
        case .binary(let binary, let left, let right): return try self.binary(binary, left, right, at: node.offset)
        case .path(let operand, let steps): return try path(operand, steps, at: node.offset)
        case .isMissing(let operand, let negated): return try missing(operand, negated: negated)
        case .isNull(let operand, let negated):
            let checked = try check(operand)
            return make(.isNull(checked.program, negated: negated), .boolean, [checked])
        case .isBoolean(let operand, let flag, let negated):
            let condition = try checkCondition(operand)
            return make(.isBoolean(condition.program, flag, negated: negated), .boolean, [condition])
        case .isIn(let operand, let elements, let negated):
            return try membership(of: operand, in: elements, negated: negated)
        case .like(let operand, let pattern, let escape, let ignoresCase, let negated):
            return try like(operand, pattern, escape, ignoresCase: ignoresCase, negated: negated)
        case .between(let operand, let low, let high, let negated):
            return try between(operand, low, high, negated: negated, at: node.offset)
        case .call(let name, let arguments): return try call(name, arguments, at: node.offset)
        case .cast(let operand, let type): return try cast(operand, to: ValueType(type), at: node.offset)
        case .member(let operand, let key, let asText): return try member(operand, key, asText: asText, at: node.offset)
        case .choice(let operand, let cases, let otherwise): return try choice(operand, cases, otherwise)
        }
    }

    /// The value itself where no column has a part in it, so that a mistake shows before the first row.
    private func folded(_ checked: CheckedExpression, at offset: Int) throws(SyntaxError) -> CheckedExpression {
        // A field that nobody has seen is null in every calculation, and still not a null.
        if case .absent = checked.program { return checked }
        guard checked.columns.isEmpty, checked.constant == nil else { return checked }
        do {
            var constant = checked
            constant.program = .constant(try checked.program.evaluate(Self.emptyRow))
            constant.weight = 1
            return constant
        } catch {
            throw SyntaxError(error.reason, at: offset)
        }
    }

    private static let emptyRow = Row(
        schema: TableSchema(
            id: 0, table: TableName(namespace: "", name: ""), columns: [], identity: .nothing, primaryKey: []),
        bytes: [], slots: [], firstSlot: 0)

    // MARK: - For the other parts of the checker

    func make(_ program: Program, _ type: ValueType, _ parts: [CheckedExpression]) -> CheckedExpression {
        CheckedExpression(
            program: program, type: type, columns: parts.reduce(into: []) { $0.formUnion($1.columns) },
            unseen: parts.reduce(into: []) { $0.formUnion($1.unseen) },
            weight: parts.reduce(1) { min($0 + $1.weight, CheckedExpression.weightMax + 1) })
    }

    func column(_ name: String, at offset: Int) throws(SyntaxError) -> CheckedExpression {
        if isElement { return elementField(name) }
        if schema.isOpen, let expression = computed[name] { return expression }
        if let index = schema.index(of: name) {
            let reader = CellReader(index, of: schema)
            return CheckedExpression(program: .column(reader), type: reader.type, columns: [index], weight: 1)
        }
        if let expression = computed[name] { return expression }
        if schema.isOpen {
            return CheckedExpression(program: .absent, type: .dynamic, columns: [], unseen: [name], weight: 1)
        }
        let names = schema.columns.map(\.name) + computed.keys.sorted()
        throw SyntaxError(
            "the table \(schema.table) has no column \(name)", at: offset,
            hint: NearestName.hint(for: name, among: names), quotesText: true)
    }

    private func number(_ digits: String, at offset: Int) throws(SyntaxError) -> CheckedExpression {
        let bytes = Array(digits.utf8)
        guard let number = ExactNumber(bytes.span) else { throw SyntaxError("this is not a number", at: offset) }
        let isWhole = bytes.allSatisfy(\.isDecimalDigit)
        return make(.constant(.number(number)), isWhole ? .integer : .decimal, [])
    }
}

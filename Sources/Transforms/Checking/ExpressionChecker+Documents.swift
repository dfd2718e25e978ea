internal import Change

// What lies within documents.
extension ExpressionChecker {
    func path(
        _ operand: SyntaxNode, _ steps: [SyntaxNode.PathStep], at offset: Int
    ) throws(SyntaxError) -> CheckedExpression {
        let checked = try check(operand)
        if case .absent = checked.program { return checked }
        guard checked.type == .dynamic || checked.type == .unknown else {
            throw SyntaxError(
                "fields and elements are those of a document's value, and this is \(checked.type.inWords)", at: offset,
                hint: checked.type == .json ? "members of json are reached by -> and ->>" : nil)
        }
        var compiled: [DocumentPath.Step] = []
        var parts = [checked]
        for step in steps {
            switch step {
            case .field(let name): compiled.append(.field(Array(name.utf8)))
            case .index(let index): compiled.append(.index(index))
            case .all: compiled.append(.all)
            case .filter(let node):
                var inner = ExpressionChecker(schema: DocumentPath.elementSchema)
                inner.isElement = true
                var condition = try inner.checkCondition(node)
                compiled.append(.filter(condition.program))
                // The condition's columns are those of the element, and not of the row.
                condition.columns = []
                parts.append(condition)
            }
        }
        // A step into what another path leads to goes on from there.
        if case .path(let start, let path) = checked.program, !path.isMany {
            return make(.path(start, DocumentPath(path.steps + compiled)), .dynamic, parts)
        }
        return make(.path(checked.program, DocumentPath(compiled)), .dynamic, parts)
    }

    /// A name in a condition on an array's elements: `this` is the element, every other name a field of it.
    func elementField(_ name: String) -> CheckedExpression {
        let element = CheckedExpression(
            program: .column(CellReader(0, of: schema)), type: .dynamic, columns: [0], weight: 1)
        guard name != "this" else { return element }
        return make(.path(element.program, DocumentPath([.field(Array(name.utf8))])), .dynamic, [element])
    }

    func missing(_ operand: SyntaxNode, negated: Bool) throws(SyntaxError) -> CheckedExpression {
        let checked = try check(operand)
        return make(.isMissing(checked.program, negated: negated), .boolean, [checked])
    }

    func objectID(_ call: Call) throws(SyntaxError) -> CheckedExpression {
        try call.require(1...1)
        let text = try textual(call.arguments[0], for: call.name)
        return make(.call(.objectID, [text.program]), .dynamic, [text])
    }

    /// A document of names and values in turn.
    func object(_ call: Call) throws(SyntaxError) -> CheckedExpression {
        guard !call.arguments.isEmpty, call.arguments.count.isMultiple(of: 2) else {
            throw SyntaxError("object takes names and values in turn", at: call.offset, hint: "such as object('a', x)")
        }
        var names: [[UInt8]] = []
        var values: [CheckedExpression] = []
        for index in stride(from: 0, to: call.arguments.count, by: 2) {
            let name = try check(call.arguments[index])
            guard name.isTextLiteral, case .text(let bytes)? = name.constant, !bytes.contains(0) else {
                throw SyntaxError("a name of an object is a text in quotes", at: call.arguments[index].offset)
            }
            guard !names.contains(bytes) else {
                throw SyntaxError("the object has this name twice", at: call.arguments[index].offset)
            }
            names.append(bytes)
            values.append(converted(try check(call.arguments[index + 1]), to: .dynamic))
        }
        return make(.call(.object(names), values.map(\.program)), .dynamic, values)
    }

    func reduction(_ call: Call) throws(SyntaxError) -> CheckedExpression {
        guard let reduction = Reduction(rawValue: call.name) else { preconditionFailure("the name is a reduction's") }
        try call.require(reduction == .contains ? 2...2 : 1...1)
        let array = try check(call.arguments[0])
        guard array.type == .dynamic || array.type == .unknown else {
            throw SyntaxError(
                "\(call.name) takes an array of a document, and this is \(array.type.inWords)",
                at: call.arguments[0].offset)
        }
        var parts = [array]
        if reduction == .contains { parts.append(converted(try check(call.arguments[1]), to: .dynamic)) }
        let type: ValueType =
            switch reduction {
            case .min, .max, .sum, .flatten: .dynamic
            case .count: .integer
            case .any, .all, .contains: .boolean
            }
        return make(.reduce(reduction, parts.map(\.program)), type, parts)
    }
}

internal import Change
internal import Connector
internal import Wire

// Names that are paths into documents: only the tables whose schema is open have them.
extension TransformCompiler {
    /// A path as a name spells it: `category.id`, `variants[*].price`.
    struct NamedPath {
        /// The field that it begins at.
        var name: String
        var checked: CheckedExpression
        var steps: [SyntaxNode.PathStep]
    }

    /// The path that a name spells; nil for a plain name. A path in bad order is a problem.
    mutating func path(_ name: Located<String>) -> NamedPath? {
        guard name.value.contains(where: { $0 == "." || $0 == "[" }) else { return nil }
        let text = LocatedText(name.value, at: name.location)
        var steps: [SyntaxNode.PathStep] = []
        var field = name.value
        let checked = attempt(text) { (checker) throws(SyntaxError) in
            let node = try ExpressionParser.parse(name.value)
            guard case .path(let operand, let found) = node.kind, case .column(let column) = operand.kind else {
                throw SyntaxError("this is neither a field nor a path to one", at: 0)
            }
            (field, steps) = (column, found)
            return try checker.check(node)
        }
        guard let checked else { return nil }
        return NamedPath(name: field, checked: checked, steps: steps)
    }

    /// Whether a name is a column, a computed one, or a path, which becomes one; a name that is none of them is a
    /// problem unless the schema is open.
    mutating func isWritten(_ column: Located<String>, what: String) -> Bool {
        if written[column.value] != nil { return true }
        guard source.isOpen else {
            refuseUnknown(column, what: what)
            return false
        }
        guard let path = path(column) else { return false }
        append(path, named: column.value)
        return true
    }

    /// Appends what a path leads to as a column under the path's text.
    mutating func append(_ path: NamedPath, named name: String) {
        append(name, path.checked)
    }

    /// A rename of what is not written: of a path that was not selected, or of nothing.
    mutating func checkRename(_ column: Located<String>) {
        guard source.isOpen else { return refuseUnknown(column, what: "rename") }
        guard spec.select?.contains(where: { $0.value == column.value }) != true, let path = path(column) else {
            return
        }
        refuse(
            column, "rename: \(column.value) is a part of \(path.name), and is not written by itself",
            hint: "name it under select too, or compute a column")
    }

    /// Takes the parts that `omit` names out of their fields.
    mutating func prune() {
        guard source.isOpen else { return }
        var paths: [String: [[BSONPruning.Step]]] = [:]
        var order: [String] = []
        for column in spec.omit where written[column.value] == nil {
            guard let path = path(column) else { continue }
            var steps: [BSONPruning.Step] = []
            for step in path.steps {
                switch step {
                case .field(let name): steps.append(.field(Array(name.utf8)))
                case .index(let index): steps.append(.index(index))
                case .all: steps.append(.all)
                case .filter:
                    return refuse(
                        column, "omit: \(column.value) has a condition",
                        hint: "compute the field without the elements, under its own name")
                }
            }
            if paths[path.name] == nil { order.append(path.name) }
            paths[path.name, default: []].append(steps)
        }
        for name in order {
            guard let input = written[name], let steps = paths[name] else { continue }
            guard input < source.columns.count else { continue }
            append(
                AppendedColumn(origin: .pruned(BSONPruning(steps)), name: name, input: input, columns: [input]),
                Column(
                    name: name, type: .bson, sourceType: source.columns[input].sourceType,
                    isIdentity: source.columns[input].isIdentity))
        }
    }
}

extension ExpressionChecker {
    /// What stands in the braces of a template: a column, or a path without conditions.
    func templateColumn(_ name: String, at offset: Int) throws(SyntaxError) -> CheckedExpression {
        guard schema.isOpen, schema.index(of: name) == nil, computed[name] == nil,
            let (column, path) = BSONPath.parse(name), !path.steps.isEmpty
        else { return try self.column(name, at: offset) }
        let steps = path.steps.map { step in
            switch step {
            case .field(let bytes): SyntaxNode.PathStep.field(String(decoding: bytes, as: UTF8.self))
            case .index(let index): SyntaxNode.PathStep.index(index)
            }
        }
        return try self.path(SyntaxNode(.column(column), at: offset), steps, at: offset)
    }
}

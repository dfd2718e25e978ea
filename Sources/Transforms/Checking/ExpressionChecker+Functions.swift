internal import Connector

extension ExpressionChecker {
    static let functionNames = [
        "abs", "ceil", "coalesce", "concat", "ends_with", "epoch_ms", "epoch_s", "epoch_us", "exists", "floor",
        "greatest", "least", "left", "length", "lower", "ltrim", "nullif", "object", "object_id", "replace", "right",
        "round", "rtrim", "starts_with", "substring", "trim", "upper", "all", "any", "contains", "count", "flatten",
        "max", "min",
        "sum",
    ]

    func call(_ name: String, _ nodes: [SyntaxNode], at offset: Int) throws(SyntaxError) -> CheckedExpression {
        let call = Call(name: name, arguments: nodes, offset: offset)
        switch name {
        case "lower": return try textFunction(.lower, call)
        case "upper": return try textFunction(.upper, call)
        case "trim": return try textFunction(.trim(start: true, end: true), call)
        case "ltrim": return try textFunction(.trim(start: true, end: false), call)
        case "rtrim": return try textFunction(.trim(start: false, end: true), call)
        case "length": return try textFunction(.length, call, result: .integer)
        case "left": return try textFunction(.left, call, numbers: 1...1)
        case "right": return try textFunction(.right, call, numbers: 1...1)
        case "substring": return try textFunction(.substring, call, numbers: 1...2)
        case "replace": return try textFunction(.replace, call, texts: 3)
        case "starts_with": return try textFunction(.startsWith, call, texts: 2, result: .boolean)
        case "ends_with": return try textFunction(.endsWith, call, texts: 2, result: .boolean)
        case "round": return try rounding(.nearest, call, digits: 0...1)
        case "floor": return try rounding(.down, call, digits: 0...0)
        case "ceil": return try rounding(.up, call, digits: 0...0)
        case "abs": return try rounding(nil, call, digits: 0...0)
        case "epoch_s": return try epoch(1, call)
        case "epoch_ms": return try epoch(1_000, call)
        case "epoch_us": return try epoch(1_000_000, call)
        case "object": return try object(call)
        case "object_id": return try objectID(call)
        case "exists":
            try call.require(1...1)
            return try missing(nodes[0], negated: true)
        case let name where Reduction(rawValue: name) != nil: return try reduction(call)
        case "concat":
            try call.require(1...64)
            var parts: [CheckedExpression] = []
            for node in nodes { parts.append(try check(node)) }
            return make(.call(.concat(parts.map(\.type)), parts.map(\.program)), .text, parts)
        case "coalesce":
            try call.require(1...64)
            let (parts, type) = try unified(nodes)
            return make(.coalesce(parts.map(\.program)), type, parts)
        case "nullif":
            try call.require(2...2)
            let (parts, type) = try unified(nodes)
            try requireComparable(type, isOrder: false, at: offset)
            return make(.call(.nullIf, parts.map(\.program)), type, parts)
        case "greatest", "least":
            try call.require(1...64)
            let (parts, type) = try unified(nodes)
            try requireComparable(type, isOrder: true, at: offset)
            return make(.call(.extreme(greatest: name == "greatest"), parts.map(\.program)), type, parts)
        case "now", "current_timestamp", "random":
            throw SyntaxError(
                "an expression depends on its row alone, and \(name) does not", at: offset,
                hint: "a row would change without a change of the source; use a ttl or a column")
        default:
            throw SyntaxError(
                "there is no function \(name)", at: offset,
                hint: NearestName.hint(for: name, among: Self.functionNames), quotesText: true)
        }
    }

    /// A call, as the messages about it need it.
    struct Call {
        var name: String
        var arguments: [SyntaxNode]
        var offset: Int

        func require(_ counts: ClosedRange<Int>) throws(SyntaxError) {
            guard !counts.contains(arguments.count) else { return }
            let wanted =
                counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
            throw SyntaxError(
                "\(name) takes \(wanted) argument\(wanted == "1" ? "" : "s"), not \(arguments.count)", at: offset)
        }
    }

    /// Functions of texts, and of whole numbers after them.
    private func textFunction(
        _ function: Function, _ call: Call, texts: Int = 1, numbers: ClosedRange<Int> = 0...0,
        result: ValueType = .text
    ) throws(SyntaxError) -> CheckedExpression {
        try call.require((texts + numbers.lowerBound)...(texts + numbers.upperBound))
        var parts: [CheckedExpression] = []
        for (index, node) in call.arguments.enumerated() {
            if index < texts {
                parts.append(try textual(node, for: call.name))
            } else {
                parts.append(try wholeNumber(node, for: call.name))
            }
        }
        return make(.call(function, parts.map(\.program)), result, parts)
    }

    private func wholeNumber(_ node: SyntaxNode, for what: String) throws(SyntaxError) -> CheckedExpression {
        let number = try numeric(node, for: what)
        guard number.type == .integer else {
            throw SyntaxError("\(what) takes a whole number, and this is \(number.type.inWords)", at: node.offset)
        }
        return number
    }

    /// Functions of a number, and of a number of digits; `abs` where there is no rounding.
    private func rounding(
        _ rounding: ExactNumber.Rounding?, _ call: Call, digits: ClosedRange<Int>
    ) throws(SyntaxError) -> CheckedExpression {
        try call.require((1 + digits.lowerBound)...(1 + digits.upperBound))
        var parts = [try numeric(call.arguments[0], for: call.name)]
        if call.arguments.count > 1 {
            guard parts[0].type != .double else {
                throw SyntaxError(
                    "a double has no decimal digits to round to", at: call.arguments[1].offset,
                    hint: "cast it first: ::decimal")
            }
            parts.append(try wholeNumber(call.arguments[1], for: call.name))
        }
        let function: Function = rounding.map { .round($0) } ?? .abs
        let type: ValueType = parts.count > 1 && parts[0].type != .dynamic ? .decimal : parts[0].type
        return make(.call(function, parts.map(\.program)), type, parts)
    }

    private func epoch(_ unitsPerSecond: Int64, _ call: Call) throws(SyntaxError) -> CheckedExpression {
        try call.require(1...1)
        let moment = try check(call.arguments[0])
        switch moment.type {
        case .dynamic:
            let narrowed = Program.narrow(moment.program, to: .moment)
            return make(
                .call(.epoch(.timestamp(hasZone: true), unitsPerSecond: unitsPerSecond), [narrowed]), .integer, [moment]
            )
        case .date, .timestamp, .unknown:
            return make(
                .call(.epoch(moment.type, unitsPerSecond: unitsPerSecond), [moment.program]), .integer, [moment])
        default:
            throw SyntaxError(
                "\(call.name) takes a date or timestamp, and this is \(moment.type.inWords)",
                at: call.arguments[0].offset, hint: "cast it: ::timestamp")
        }
    }
}

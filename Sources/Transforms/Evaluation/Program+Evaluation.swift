internal import Change
internal import Wire

extension Program {
    /// The expression's value for a row.
    func evaluate(_ row: Row) throws(EvaluationError) -> Scalar {
        switch self {
        case .constant(let value): return value
        case .column(let reader): return try reader.read(row)
        case .not(let operand): return .truth(try operand.evaluate(row).truth.map { !$0 })
        case .and(let left, let right):
            let first = try left.evaluate(row).truth
            guard first != false else { return .boolean(false) }
            let second = try right.evaluate(row).truth
            return .truth(second == false ? false : first == nil ? nil : second)
        case .or(let left, let right):
            let first = try left.evaluate(row).truth
            guard first != true else { return .boolean(true) }
            let second = try right.evaluate(row).truth
            return .truth(second == true ? true : first == nil ? nil : second)
        case .isNull(let operand, let negated): return .boolean(try operand.evaluate(row).isNull != negated)
        case .isBoolean(let operand, let flag, let negated):
            return .boolean((try operand.evaluate(row).truth == flag) != negated)
        case .compare(let comparison, let left, let right):
            let first = try left.evaluate(row)
            let second = try right.evaluate(row)
            guard !first.isNull, !second.isNull else { return .null }
            return .boolean(comparison.holds(Scalar.compare(first, second)))
        case .isDistinct(let left, let right, let negated):
            let first = try left.evaluate(row)
            let second = try right.evaluate(row)
            let isDistinct =
                first.isNull || second.isNull ? first.isNull != second.isNull : Scalar.compare(first, second) != 0
            return .boolean(isDistinct != negated)
        case .isIn(let operand, let elements, let negated):
            return .truth(try Self.membership(of: operand, in: elements, row).map { $0 != negated })
        case .like(let operand, let pattern, let negated):
            guard case .text(let text) = try operand.evaluate(row) else { return .null }
            return .boolean(pattern.matches(text.span) != negated)
        case .negate, .calculate: return try calculated(row)
        case .join(let parts): return try Self.joined(parts, row)
        case .call(let function, let arguments): return try function.value(of: arguments, row)
        case .convert(let operand, let from, let to):
            return try Conversion.convert(try operand.evaluate(row), from: from, to: to)
        case .member(let operand, let key, let asText):
            guard case .text(let json) = try operand.evaluate(row) else { return .null }
            return try JSONMember.value(key, of: json.span, asText: asText).map { .text($0) } ?? .null
        case .path(let operand, let path): return try path.value(of: operand, row)
        case .compareDynamic(let comparison, let left, let right, let readsText):
            let order = Scalar.order(try left.evaluate(row), try right.evaluate(row), readsText: readsText)
            return .truth(order.map { comparison.holds($0) })
        case .narrow(let operand, let kind):
            let value = try operand.evaluate(row)
            return kind.contains(value) ? value : .null
        case .reduce(let reduction, let operands): return try reduction.value(of: operands, row)
        case .absent: return .null
        case .isMissing(let operand, let negated): return .boolean(try operand.isMissing(row) != negated)
        case .coalesce(let operands):
            for operand in operands {
                let value = try operand.evaluate(row)
                if !value.isNull { return value }
            }
            return .null
        case .choice(let branches, let otherwise):
            for branch in branches where try branch.condition.evaluate(row).truth == true {
                return try branch.result.evaluate(row)
            }
            return try otherwise.evaluate(row)
        }
    }

    private static func membership(
        of operand: Program, in elements: [Program], _ row: Row
    ) throws(EvaluationError) -> Bool? {
        let value = try operand.evaluate(row)
        guard !value.isNull else { return nil }
        var isUnknown = false
        for element in elements {
            let candidate = try element.evaluate(row)
            if candidate.isNull { isUnknown = true } else if Scalar.compare(value, candidate) == 0 { return true }
        }
        return isUnknown ? nil : false
    }

    private static func joined(_ parts: [Part], _ row: Row) throws(EvaluationError) -> Scalar {
        var text: [UInt8] = []
        for part in parts {
            let value = try part.program.evaluate(row)
            guard !value.isNull else { return .null }
            try ExpressionText.appendPlain(value, as: part.type, to: &text)
            guard text.count <= ExpressionText.bytesMax else { throw .tooLong }
        }
        return .text(text)
    }

    private func calculated(_ row: Row) throws(EvaluationError) -> Scalar {
        switch self {
        case .negate(let operand):
            switch try operand.evaluate(row) {
            case .number(let number): return .number(number.negated)
            case .double(let number): return .double(-number)
            default: return .null
            }
        case .calculate(let arithmetic, let left, let right):
            switch (try left.evaluate(row), try right.evaluate(row)) {
            case (.number(let a), .number(let b)):
                return .number(try arithmetic.result(a, b))
            case (.double(let a), .double(let b)): return .double(try arithmetic.result(a, b))
            case (.double(let a), .number(let b)): return .double(try arithmetic.result(a, b.double))
            case (.number(let a), .double(let b)): return .double(try arithmetic.result(a.double, b))
            default: return .null
            }
        default: preconditionFailure("only arithmetic is calculated")
        }
    }
}

extension Scalar {
    fileprivate static func truth(_ truth: Bool?) -> Scalar { truth.map { .boolean($0) } ?? .null }
}

extension Arithmetic {
    func result(_ left: ExactNumber, _ right: ExactNumber) throws(EvaluationError) -> ExactNumber {
        switch self {
        case .add: try ExactNumber.add(left, right)
        case .subtract: try ExactNumber.add(left, right.negated)
        case .multiply: try ExactNumber.multiply(left, right)
        case .divide: try ExactNumber.divide(left, right)
        case .remainder: try ExactNumber.remainder(left, right)
        }
    }

    func result(_ left: Double, _ right: Double) throws(EvaluationError) -> Double {
        switch self {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .divide:
            guard right != 0 else { throw .divisionByZero }
            return left / right
        case .remainder:
            guard right != 0 else { throw .divisionByZero }
            return left.truncatingRemainder(dividingBy: right)
        }
    }
}

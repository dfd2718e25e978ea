internal import Change
internal import Wire

/// A condition in the form that decides rows fastest: what compares a column with a literal looks at the cell's bytes
/// where they stand and allocates nothing; everything else is evaluated as a ``Program``.
indirect enum Predicate: Sendable {
    case constant(Bool?)
    case not(Predicate)
    case both(Predicate, Predicate)
    case either(Predicate, Predicate)
    case isNull(CellReader, negated: Bool)
    case flag(CellReader)
    /// Of columns that are held as text.
    case text(CellReader, Comparison, [UInt8])
    case textIn(CellReader, [[UInt8]], negated: Bool)
    case like(CellReader, LikePattern, negated: Bool)
    case integer(CellReader, Comparison, Int64, otherwise: Program)
    case moment(CellReader, Comparison, TimePoint)
    case program(Program)

    init(_ program: Program) {
        switch program {
        case .constant(let value): self = .constant(value.truth)
        case .not(let operand): self = .not(Predicate(operand))
        case .and(let left, let right): self = .both(Predicate(left), Predicate(right))
        case .or(let left, let right): self = .either(Predicate(left), Predicate(right))
        case .isNull(.column(let cell), let negated): self = .isNull(cell, negated: negated)
        case .column(let cell) where cell.type == .boolean: self = .flag(cell)
        case .compare(let comparison, .column(let cell), .constant(let value)):
            self = Self.comparison(cell, comparison, value) ?? .program(program)
        case .compare(let comparison, .constant(let value), .column(let cell)):
            self = Self.comparison(cell, comparison.mirrored, value) ?? .program(program)
        case .isIn(.column(let cell), let elements, let negated) where cell.type.isHeldAsText:
            let texts = elements.compactMap { element -> [UInt8]? in
                guard case .constant(.text(let text)) = element else { return nil }
                return text
            }
            self = texts.count == elements.count ? .textIn(cell, texts, negated: negated) : .program(program)
        case .like(.column(let cell), let pattern, let negated): self = .like(cell, pattern, negated: negated)
        default: self = .program(program)
        }
    }

    private static func comparison(_ cell: CellReader, _ comparison: Comparison, _ value: Scalar) -> Predicate? {
        switch value {
        case .text(let text) where cell.type.isHeldAsText: .text(cell, comparison, text)
        case .moment(let moment): .moment(cell, comparison, moment)
        case .number(let number) where cell.type == .integer:
            number.int64.map {
                .integer(
                    cell, comparison, $0, otherwise: .compare(comparison, .column(cell), .constant(value)))
            }
        default: nil
        }
    }

    /// True, false, or unknown.
    func decide(_ row: Row) throws(EvaluationError) -> Bool? {
        switch self {
        case .constant(let truth): return truth
        case .not(let operand): return try operand.decide(row).map { !$0 }
        case .both(let left, let right):
            let first = try left.decide(row)
            guard first != false else { return false }
            let second = try right.decide(row)
            return second == false ? false : first == nil ? nil : second
        case .either(let left, let right):
            let first = try left.decide(row)
            guard first != true else { return true }
            let second = try right.decide(row)
            return second == true ? true : first == nil ? nil : second
        case .isNull(let cell, let negated): return try !cell.hasValue(row) != negated
        case .flag(let cell):
            guard try cell.hasValue(row) else { return nil }
            return try cell.read(row).truth
        case .text(let cell, let comparison, let text):
            guard try cell.hasValue(row) else { return nil }
            let bytes = cell.significant(row.bytes(cell.column))
            switch comparison {
            case .equal: return bytes.isEqual(to: text.span)
            case .notEqual: return !bytes.isEqual(to: text.span)
            default: return comparison.holds(Scalar.compareBytes(bytes, text.span))
            }
        case .textIn(let cell, let texts, let negated):
            guard try cell.hasValue(row) else { return nil }
            let bytes = cell.significant(row.bytes(cell.column))
            for text in texts where bytes.isEqual(to: text.span) { return !negated }
            return negated
        case .like(let cell, let pattern, let negated):
            guard try cell.hasValue(row) else { return nil }
            return pattern.matches(cell.significant(row.bytes(cell.column))) != negated
        case .integer(let cell, let comparison, let number, let otherwise):
            guard try cell.hasValue(row) else { return nil }
            guard let value = Self.integer(row.bytes(cell.column)) else { return try otherwise.evaluate(row).truth }
            return comparison.holds(value == number ? 0 : value < number ? -1 : 1)
        case .moment(let cell, let comparison, let moment):
            guard case .moment(let value) = try cell.read(row) else { return nil }
            return comparison.holds(value == moment ? 0 : value < moment ? -1 : 1)
        case .program(let program): return try program.evaluate(row).truth
        }
    }

    /// A whole number of at most 18 digits; nil for anything else.
    private static func integer(_ text: Span<UInt8>) -> Int64? {
        let start = text.count > 0 && text[0] == UInt8(ascii: "-") ? 1 : 0
        guard text.count > start, text.count - start <= 18 else { return nil }
        var value: Int64 = 0
        for index in start..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return start == 1 ? -value : value
    }
}

extension CellReader {
    /// Whether the cell is no null.
    @inline(__always)
    func hasValue(_ row: Row) throws(EvaluationError) -> Bool {
        switch row.state(column) {
        case .value: return true
        case .null, .missing: return false
        case .unchanged: throw .unchanged(column: name)
        }
    }
}

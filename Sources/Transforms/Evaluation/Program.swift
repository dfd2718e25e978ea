/// An expression that was checked: every node knows its types, and evaluating it can fail only by the row's values.
indirect enum Program: Sendable {
    case constant(Scalar)
    case column(CellReader)
    case not(Program)
    case and(Program, Program)
    case or(Program, Program)
    case isNull(Program, negated: Bool)
    case isBoolean(Program, Bool, negated: Bool)
    case compare(Comparison, Program, Program)
    /// Neither side counts as unknown: null equals null.
    case isDistinct(Program, Program, negated: Bool)
    case isIn(Program, [Program], negated: Bool)
    case like(Program, LikePattern, negated: Bool)
    case negate(Program)
    case calculate(Arithmetic, Program, Program)
    /// The texts of the parts, one after the other; null where one is null.
    case join([Part])
    case call(Function, [Program])
    case convert(Program, from: ValueType, to: ValueType)
    case member(Program, SyntaxNode.MemberKey, asText: Bool)
    case coalesce([Program])
    /// Where a path leads within a document.
    case path(Program, DocumentPath)
    /// Values of documents: unknown where the two are of different kinds. A text in quotes is read as what the other
    /// value is.
    case compareDynamic(Comparison, Program, Program, readsText: Bool)
    /// A value out of a document where it is of a kind, else null.
    case narrow(Program, to: DynamicKind)
    case reduce(Reduction, [Program])
    /// A field that no document of this shape has.
    case absent
    case isMissing(Program, negated: Bool)
    case choice([Branch], otherwise: Program)

    struct Part: Sendable {
        var program: Program
        var type: ValueType
    }

    struct Branch: Sendable {
        var condition: Program
        var result: Program
    }
}

/// How two values of one type are compared.
enum Comparison: Sendable {
    case equal
    case notEqual
    case less
    case lessOrEqual
    case greater
    case greaterOrEqual

    /// Whether an order of -1, 0 or 1 satisfies the comparison.
    @inline(__always)
    func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    /// The comparison with its sides swapped.
    var mirrored: Comparison {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}

enum Arithmetic: Sendable {
    case add
    case subtract
    case multiply
    case divide
    case remainder
}
